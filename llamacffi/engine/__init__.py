"""Many sequences at once: requests, a scheduler, shared prefixes; it knows nothing of chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.engine.disk_prefixes import DiskPrefixes
from llamacffi.engine.engine import Engine
from llamacffi.engine.observer import EngineObserver, EngineStep
from llamacffi.engine.request import Request
from llamacffi.engine.stats import EngineStats
from llamacffi.engine.stored import PrefixStore
from llamacffi.engine.stream import Stream

if TYPE_CHECKING:
    from llamacffi.engine.async_engine import AsyncEngine, AsyncStream

__all__ = [
    "AsyncEngine",
    "AsyncStream",
    "DiskPrefixes",
    "Engine",
    "EngineObserver",
    "EngineStats",
    "EngineStep",
    "PrefixStore",
    "Request",
    "Stream",
]


def __getattr__(name: str) -> Any:
    """What needs asyncio is imported when it is asked for: that takes a while."""
    if name in {"AsyncEngine", "AsyncStream"}:
        from llamacffi.engine import async_engine

        return getattr(async_engine, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
