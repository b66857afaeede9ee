"""Many sequences at once: requests, a scheduler, shared prefixes; it knows nothing of chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi._lazy import on_first_use

if TYPE_CHECKING:
    from llamacffi.engine.async_engine import AsyncEngine, AsyncStream
    from llamacffi.engine.disk_prefixes import DiskPrefixes
    from llamacffi.engine.engine import Engine
    from llamacffi.engine.observer import EngineObserver, EngineStep
    from llamacffi.engine.request import Request
    from llamacffi.engine.slots import Slot, Slots
    from llamacffi.engine.stats import EngineStats
    from llamacffi.engine.stored import PrefixStore
    from llamacffi.engine.stream import Stream

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
    "Slot",
    "Slots",
    "Stream",
]

if not TYPE_CHECKING:  # a checker knows the names, and finds those that are not there
    __getattr__, __dir__ = on_first_use(
        __name__,
        {
            "async_engine": "AsyncEngine AsyncStream",
            "disk_prefixes": "DiskPrefixes",
            "engine": "Engine",
            "observer": "EngineObserver EngineStep",
            "request": "Request",
            "slots": "Slot Slots",
            "stats": "EngineStats",
            "stored": "PrefixStore",
            "stream": "Stream",
        },
    )
