"""What a model's process has from the server that started it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llamacffi.server.settings import ModelSettings, ServerSettings

__all__ = ["SALT", "SECRET", "inherited"]

SECRET = "x-llamacffi-secret"  # noqa: S105 - the name of a header
"""The header that shows that a request comes from the server."""
SALT = "x-llamacffi-salt"
"""The header that says whose a request is."""
_OWN = {
    "host": "127.0.0.1",
    "port": 0,
    "api_key": (),
    "api_key_file": None,
    "allowed_hosts": (),
    "cors_origins": (),
    "ssl_keyfile": None,
    "ssl_certfile": None,
    "page": False,
    "docs": False,
    "metrics": True,
    "models_memory": None,
    "models_max": None,
    "idle_seconds": None,
}


def inherited(settings: ModelSettings, server: ServerSettings) -> dict[str, Any]:
    """The settings of the process, as JSON has them: those of the server, but who may ask and what it looks after."""
    said = server.model_dump(mode="json", exclude_unset=True, exclude={"models", *_OWN})
    model = settings.model_dump(mode="json", exclude_unset=True)
    return {**said, **_OWN, "models": [{**model, "isolated": False, "alias": [settings.name, *settings.aliases]}]}
