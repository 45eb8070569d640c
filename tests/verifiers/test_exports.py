from __future__ import annotations

import subprocess
import sys

import pytest

import verifiers


def test_everything_exported_can_be_had() -> None:
    assert sorted(verifiers._HOMES) == sorted(verifiers.__all__)
    for name in verifiers.__all__:
        assert getattr(verifiers, name) is not None
        assert name in dir(verifiers)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        verifiers.nonsense  # noqa: B018 - the access is the test


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys, verifiers; print([m for m in sys.modules if m.startswith('verifiers.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
