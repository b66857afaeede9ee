"""What is set for a server, beside its models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from llamacffi.server.settings.flag import Flag, Settings
from llamacffi.server.settings.model import ModelSettings

__all__ = ["ServerSettings"]


class ServerSettings(Settings):
    """Where a server listens, whom it answers, and how much it takes on."""

    models: tuple[ModelSettings, ...]
    """The first answers those who name none."""
    host: Annotated[str, Flag(variables=("HOST", "LLAMA_ARG_HOST"))] = "127.0.0.1"
    """The address that it listens on; 0.0.0.0 for all of the machine's."""
    port: Annotated[int, Flag(variables=("PORT", "LLAMA_ARG_PORT")), Field(ge=0, le=65535)] = 8000
    """0 for a free one, which is told in the log."""
    api_key: Annotated[tuple[str, ...], Flag(("--api-keys",), variables=("LLAMA_API_KEY",)), Field(repr=False)] = ()
    """Keys, separated by commas; without one everybody is answered. Each has its own cache of prompts."""
    api_key_file: Annotated[Path | None, Flag(variables=("LLAMA_ARG_API_KEY_FILE",))] = None
    """A file with a key a line."""
    allowed_hosts: tuple[str, ...] = ()
    """Names that the Host header may have, beside the address and localhost; * for every one."""
    cors_origins: Annotated[tuple[str, ...], Flag(("--allow-origins",))] = ()
    """Origins of pages that may ask from a browser, separated by commas; none unless they are named."""
    root_path: Annotated[str, Flag(("--api-prefix",), variables=("LLAMA_ARG_API_PREFIX",))] = ""
    """The path under which a proxy shows the server."""
    ssl_keyfile: Annotated[Path | None, Flag(("--ssl-key-file",), variables=("LLAMA_ARG_SSL_KEY_FILE",))] = None
    """The key for HTTPS."""
    ssl_certfile: Annotated[Path | None, Flag(("--ssl-cert-file",), variables=("LLAMA_ARG_SSL_CERT_FILE",))] = None
    """The certificate for HTTPS."""
    timeout: Annotated[float, Flag(("-to",), variables=("LLAMA_ARG_TIMEOUT",)), Field(gt=0)] = 3600.0
    """Seconds that a request may take, the wait included; its answer then ends with what there is."""
    grace_seconds: Annotated[float, Field(ge=0)] = 20.0
    """After SIGTERM, the seconds for answers under way to end; they are then cancelled."""
    max_body_bytes: Annotated[int, Field(ge=1)] = 64 * 2**20
    """The largest body; a larger one is answered with 413."""
    media_count: Annotated[int, Field(ge=0)] = 32
    """How many pictures and sounds a request may have, those of earlier turns included."""
    media_bytes: Annotated[int, Field(ge=1)] = 32 * 2**20
    """The most bytes of one of them, as a file."""
    media_pixels: Annotated[int, Field(ge=1)] = 2**26
    """The most pixels of all pictures of a request together, each 3 bytes of memory."""
    media_seconds: Annotated[float, Field(gt=0)] = 1800.0
    """The longest sound."""
    media_urls: Annotated[bool, Flag(off="--no-media-urls")] = True
    """Whether pictures and sounds behind http and https URLs are fetched; from public addresses alone."""
    media_path: Path | None = None
    """A folder whose files requests may name as file://NAME; without it they name none."""
    max_queued_tokens: Annotated[int, Field(ge=0)] = 0
    """Bytes of bodies of requests that are not answered yet, a quarter each for a token; 0 for no bound."""
    ping_seconds: Annotated[float, Flag(("--sse-ping-interval",)), Field(gt=0)] = 30.0
    """After how long a silence a stream says that it is still there."""
    metrics: Annotated[bool, Flag(on="--enable-metrics", off="--no-metrics")] = True
    """Whether /metrics tells figures; they say nothing of what is asked."""
    slots: Annotated[bool, Flag(off="--no-slots", variables=("LLAMA_ARG_ENDPOINT_SLOTS",))] = False
    """Whether GET /slots tells what runs; it says how long prompts and answers are, not what they say."""
    slot_save_path: Annotated[Path | None, Flag(variables=("LLAMA_ARG_SLOT_SAVE_PATH",))] = None
    """A folder for what POST /slots/{id} saves and restores; without it there is nothing of that."""
    page: Annotated[bool, Flag(on="--webui", off="--no-webui")] = True
    """Whether / is a page to chat on."""
    docs: Annotated[bool, Flag(off="--no-docs")] = True
    """Whether /docs and /openapi.json describe the routes."""
    models_memory: Annotated[int | None, Field(ge=1)] = None
    """Bytes that loaded models may take together; the one not used longest is unloaded for another."""
    models_max: Annotated[int | None, Field(ge=1)] = None
    """How many models may be loaded at a time."""
    idle_seconds: Annotated[float | None, Flag(("--sleep-idle-seconds",)), Field(gt=0)] = None
    """After how long without a request a model is unloaded."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is logged."""
    log_format: Literal["text", "json"] = "text"
    """A line a message, or an object of JSON."""

    @field_validator("api_key", "allowed_hosts", "cors_origins", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _together(self) -> ServerSettings:
        if not self.models:
            raise ValueError("there is no model: name one, `llamacffi serve smollm2-135m-instruct` or -m FILE")
        if (self.ssl_keyfile is None) != (self.ssl_certfile is None):
            raise ValueError("HTTPS needs both, ssl_keyfile and ssl_certfile")
        seen: dict[str, str] = {}
        for one in self.models:
            for name in (one.name, *one.aliases):
                if name in seen:
                    raise ValueError(f"{name!r} is the name of two models, {seen[name]} and {one.model}: set `alias`")
                seen[name] = one.model
        return self

    @field_validator("media_path", mode="after")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("there is no such folder")
        return value

    def keys(self) -> frozenset[str]:
        """All API keys. Raises OSError for a file that cannot be read, ValueError for one without a key."""
        keys = set(self.api_key)
        if self.api_key_file is not None:
            lines = self.api_key_file.read_text("utf-8").splitlines()
            found = {line.strip() for line in lines if line.strip()}
            if not found:
                raise ValueError(f"{self.api_key_file} has no API key: write one a line")
            keys |= found
        return frozenset(keys)
