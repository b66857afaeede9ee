"""The models of a server, by name: loaded when they are asked for, unloaded when others need the room."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Literal

from llamacffi.engine import AsyncEngine
from llamacffi.server.errors import ApiError
from llamacffi.server.models.card import ModelCard
from llamacffi.server.models.load import load_model, memory_needed
from llamacffi.server.models.served import Served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from llamacffi.llama import Llama
    from llamacffi.server.settings import ModelSettings

__all__ = ["Models"]

_log = logging.getLogger("llamacffi.server")
_LOOKS = 1.0
"""Seconds between two looks for models that nobody has used for long."""


@dataclass(eq=False)
class _Entry:
    settings: ModelSettings
    name: str
    aliases: tuple[str, ...]
    keep: float | None
    """Seconds that it stays loaded without being used; None for ever."""
    status: Literal["unloaded", "loading", "loaded", "failed", "sleeping"] = "unloaded"
    served: Served | None = None
    error: str | None = None
    loading: asyncio.Task[Served] | None = None
    n_bytes: int | None = None
    """Memory that it takes when it is loaded, where somebody has asked."""
    n_users: int = 0
    last_used: float = field(default_factory=monotonic)

    @property
    def is_free(self) -> bool:
        """Whether it can be unloaded."""
        return self.served is not None and not self.n_users


class Models:
    """Models in the order of the configuration; the first answers those who name none.

    One is loaded at a time, in another thread. `most` and `max_bytes` are how many may be loaded, and how much memory
    they may take together, which is known before: the one not used longest makes room. One that fails to load breaks no
    other, and is tried again when it is next asked for.
    """

    def __init__(
        self,
        settings: Sequence[ModelSettings],
        *,
        most: int | None = None,
        max_bytes: int | None = None,
        idle_seconds: float | None = None,
        load: Callable[[ModelSettings], Llama] = load_model,
        size: Callable[[ModelSettings], int] = memory_needed,
    ) -> None:
        self._entries = [_Entry(one, one.name, one.aliases, idle_seconds) for one in settings]
        self._known = {name: entry for entry in self._entries for name in (entry.name, *entry.aliases)}
        self._most, self._max_bytes, self._idle_seconds = most, max_bytes, idle_seconds
        self._load, self._size = load, size
        self._door = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None
        self._is_closed = False

    async def start(self) -> None:
        """Begin to load the first model, and to look for those that nobody uses."""
        self._watch = asyncio.ensure_future(self._unload_idle())
        self._begin(self._entries[0])

    async def close(self) -> None:
        """Unload everything; nothing is loaded any more."""
        self._is_closed = True
        tasks = [task for task in (self._watch, *(entry.loading for entry in self._entries)) if task is not None]
        if self._watch is not None:
            self._watch.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for entry in self._entries:
            await self._unload(entry)

    def names(self) -> list[str]:
        """Their names."""
        return [entry.name for entry in self._entries]

    def cards(self) -> list[ModelCard]:
        """What is known of each."""
        return [
            ModelCard(entry.name, entry.aliases, entry.status, entry.settings, entry.served, entry.error, entry.n_bytes)
            for entry in self._entries
        ]

    @asynccontextmanager
    async def use(self, name: str | None, *, load: bool = True) -> AsyncIterator[Served]:
        """The model of that name while it is needed, loaded if need be; a single one goes by every name.

        Raises ApiError: 404 for a name that nobody knows, 503 for one that cannot be loaded, or is not yet without
        `load`.
        """
        entry = self._found(name)
        entry.n_users += 1
        try:
            yield await self._ready(entry, load=load)
        finally:
            entry.n_users -= 1
            entry.last_used = monotonic()
            if not entry.n_users and entry.keep == 0:
                entry.keep = self._idle_seconds  # it was said of this once
                await self._unload(entry)

    def keep(self, name: str, seconds: float) -> bool:
        """Say how long a model stays loaded after its last use: 0 not at all, below 0 for ever.

        False where models are not unloaded for their idleness: nobody may then have that done to others.
        """
        if self._idle_seconds is None:
            return False
        self._found(name).keep = None if seconds < 0 else seconds
        return True

    async def unload(self, name: str) -> bool:
        """Unload a model; False when somebody uses it, or it is not loaded."""
        entry = self._found(name)
        if not entry.is_free:
            return False
        await self._unload(entry)
        return True

    def _found(self, name: str | None) -> _Entry:
        if not name or (len(self._entries) == 1 and name not in self._known):
            return self._entries[0]
        entry = self._known.get(name) or self._known.get(name.removesuffix(":latest"))
        if entry is None:
            message = f"there is no model {name!r:.200}; there are {', '.join(self.names())}"
            raise ApiError(404, message, param="model")
        return entry

    async def _ready(self, entry: _Entry, *, load: bool) -> Served:
        while entry.served is None:
            if self._is_closed or not load:
                message = f"the model {entry.name} is not loaded; ask again in a while"
                raise ApiError(503, message, headers={"Retry-After": "1"})
            # Whoever waits may go: the model is loaded all the same.
            await asyncio.shield(self._begin(entry))
        return entry.served

    def _begin(self, entry: _Entry) -> asyncio.Task[Served]:
        if entry.loading is None:
            entry.status = "loading"
            entry.loading = asyncio.ensure_future(self._loaded(entry))
            entry.loading.add_done_callback(lambda task: task.cancelled() or task.exception())
        return entry.loading

    async def _loaded(self, entry: _Entry) -> Served:
        try:
            async with self._door:
                await self._make_room(entry)
                start = monotonic()
                llama = await asyncio.to_thread(self._load, entry.settings)
            entry.served = Served(entry.name, entry.settings, llama, AsyncEngine(llama.engine), entry.aliases)
            entry.status, entry.error, entry.last_used = "loaded", None, monotonic()
            _log.info("the model %s was loaded in %.1f s", entry.name, monotonic() - start)
        except ApiError:
            entry.status = "unloaded"
            raise
        except Exception as error:
            entry.status, entry.error = "failed", f"{type(error).__name__}: {error}"
            _log.exception("the model %s cannot be loaded", entry.name)
            message = f"the model {entry.name} cannot be loaded; the server's log says why"
            raise ApiError(503, message) from error
        else:
            return entry.served
        finally:
            entry.loading = None

    async def _make_room(self, entry: _Entry) -> None:
        """Unload others until one more may be loaded. Raises ApiError 503 when all of them are in use."""
        if self._max_bytes is not None:
            entry.n_bytes = await asyncio.to_thread(self._size, entry.settings)
        while True:
            loaded = [one for one in self._entries if one.served is not None]
            n_bytes = sum(one.n_bytes or 0 for one in (*loaded, entry))
            is_many = self._most is not None and len(loaded) >= self._most
            is_much = self._max_bytes is not None and bool(loaded) and n_bytes > self._max_bytes
            if not (is_many or is_much):
                return
            free = [one for one in loaded if one.is_free]
            if not free:
                message = f"there is no room for the model {entry.name}: those that are loaded are in use"
                raise ApiError(503, message, headers={"Retry-After": "5"})
            await self._unload(min(free, key=lambda one: one.last_used))

    async def _unload(self, entry: _Entry) -> None:
        served, entry.served = entry.served, None
        if served is not None:
            entry.status = "unloaded"
            await asyncio.to_thread(served.llama.close)
            _log.info("the model %s was unloaded", entry.name)

    async def _unload_idle(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(_LOOKS)
                for entry in self._entries:
                    if entry.is_free and entry.keep is not None and monotonic() - entry.last_used >= entry.keep:
                        await self._unload(entry)
                        entry.status = "sleeping"
