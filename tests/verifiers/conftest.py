"""One real sandbox for all tests of this folder: starting its processes costs more than a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from verifiers.sandbox import Sandbox


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(workers=2) as opened:
        yield opened
