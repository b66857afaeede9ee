"""What the routes of one server share."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from llamacffi.server.media import MediaIntake
from llamacffi.server.metrics import Metrics
from llamacffi.server.settings import ServerSettings

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from llamacffi.server.models.registry import Models

__all__ = ["ServerState", "state_of"]


@dataclass
class ServerState:
    """Stands in `app.state.server`."""

    models: Models
    settings: ServerSettings
    metrics: Metrics = field(default_factory=Metrics)
    draining: bool = False
    """Whether the server is going down: what runs may end, nothing new begins."""
    n_running: int = 0
    """Requests under way, those included whose answers are being sent."""
    waiting: set[asyncio.Future[None]] = field(default_factory=set)
    """One for each answer that is waited for: set when it has had its time, because the server goes down."""
    started: float = field(default_factory=time.time)
    media: MediaIntake = field(init=False)
    """Reads pictures and sound."""

    def __post_init__(self) -> None:
        self.media = MediaIntake.of(self.settings)

    @property
    def ping_seconds(self) -> float:
        """After how long a silence a stream says that it is still there."""
        return self.settings.ping_seconds


def state_of(http: HTTPConnection) -> ServerState:
    """The state of the server that a request came to."""
    return cast("ServerState", http.app.state.server)
