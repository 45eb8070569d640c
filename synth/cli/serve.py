"""synth serve: an OpenAI-compatible server whose answers are verified programs."""

from __future__ import annotations

from synth.cli.options import BaseUrlOption, ModelOption, chosen_models
from synth.errors import UsageError


def serve(
    *,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    host: str = "127.0.0.1",
    port: int = 8642,
    searches: int = 4,
) -> int:
    """Serve /v1/chat/completions and /v1/models.

    Parameters
    ----------
    host
        Address to listen on; anything but loopback needs $SYNTH_API_KEY.
    port
        Port to listen on.
    searches
        Searches under way at once; further requests wait.
    """
    import importlib.util
    import os

    if importlib.util.find_spec("starlette") is None or importlib.util.find_spec("uvicorn") is None:
        raise UsageError("the server needs an extra: pip install 'synth-search[serve]'")
    api_key = os.environ.get("SYNTH_API_KEY")
    if host not in ("127.0.0.1", "::1", "localhost") and not api_key:
        raise UsageError(
            f"listening on {host} lets others spend your tokens: set SYNTH_API_KEY, or keep to "
            "127.0.0.1"
        )
    import uvicorn

    from synth.server.openai_api import create_app

    app = create_app(
        model=chosen_models(model), base_url=base_url, searches=searches, api_key=api_key
    )
    uvicorn.run(app, host=host, port=port, log_level="info")
    return 0
