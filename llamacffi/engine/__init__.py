"""Many sequences at once: requests, a scheduler, shared prefixes; it knows nothing of chat."""

from __future__ import annotations

from llamacffi.engine.async_engine import AsyncEngine, AsyncStream
from llamacffi.engine.engine import Engine
from llamacffi.engine.observer import EngineObserver, EngineStep
from llamacffi.engine.request import Request
from llamacffi.engine.stats import EngineStats
from llamacffi.engine.stream import Stream

__all__ = ["AsyncEngine", "AsyncStream", "Engine", "EngineObserver", "EngineStats", "EngineStep", "Request", "Stream"]
