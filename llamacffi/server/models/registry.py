"""The models of a server, by name: loaded when they are asked for, unloaded when others need the room."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Literal

from llamacffi.engine import AsyncEngine
from llamacffi.server.errors import ApiError
from llamacffi.server.models.card import ModelCard
from llamacffi.server.models.load import load_model, memory_needed
from llamacffi.server.models.served import Served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from llamacffi.llama import Llama
    from llamacffi.server.models.child import Child
    from llamacffi.server.settings import ModelSettings

__all__ = ["Models"]

_log = logging.getLogger("llamacffi.server")
_LIVED = 60.0
"""Seconds after which the end of a process is not one of its beginning."""
_MOST_WAIT = 60.0
"""Seconds between two beginnings at most."""
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
    served: Served | Child | None = None
    error: str | None = None
    loading: asyncio.Task[Served | Child] | None = None
    n_bytes: int | None = None
    """Memory that it takes when it is loaded, where somebody has asked."""
    n_users: int = 0
    loaded_at: float = 0.0
    n_ended: int = 0
    """How often in a row its process ended by itself, soon after it began."""
    not_before: float = 0.0
    """When it may be loaded again."""
    last_used: float = field(default_factory=monotonic)

    @property
    def card(self) -> ModelCard:
        """What is known of it."""
        here = self.served if isinstance(self.served, Served) else None
        child = self.served if here is None and self.served is not None else None
        card = ModelCard(self.name, self.aliases, self.status, self.settings, here, self.error, self.n_bytes)
        return replace(card, child=child)  # type: ignore[arg-type]  # what is no Served

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
        start: Callable[[ModelSettings, Callable[[Child, int], None]], Awaitable[Child]] | None = None,
    ) -> None:
        """`load` and `size` are called in other threads, `start` for models that are to have a process of their own."""
        self._entries = [_Entry(one, one.name, one.aliases, idle_seconds) for one in settings]
        self._known = {name: entry for entry in self._entries for name in (entry.name, *entry.aliases)}
        self._most, self._max_bytes, self._idle_seconds = most, max_bytes, idle_seconds
        self._load, self._size = load, size
        self._start = start
        self._again: set[asyncio.Task[None]] = set()
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
        tasks += self._again
        for task in (self._watch, *self._again):
            if task is not None:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for entry in self._entries:
            await self._unload(entry)

    def names(self) -> list[str]:
        """Their names."""
        return [entry.name for entry in self._entries]

    def cards(self) -> list[ModelCard]:
        """What is known of each."""
        return [entry.card for entry in self._entries]

    def children(self) -> list[Child]:
        """The processes that models are loaded in."""
        return [card.child for card in self.cards() if card.child is not None]

    @asynccontextmanager
    async def use(self, name: str | None, *, load: bool = True) -> AsyncIterator[Served | Child]:
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

    async def _ready(self, entry: _Entry, *, load: bool) -> Served | Child:
        while entry.served is None:
            if self._is_closed or not load:
                message = f"the model {entry.name} is not loaded; ask again in a while"
                raise ApiError(503, message, headers={"Retry-After": "1"})
            if (left := entry.not_before - monotonic()) > 0:
                message = f"the process of the model {entry.name} ends again and again; it starts in {left:.0f} s"
                raise ApiError(503, message, headers={"Retry-After": str(1 + int(left))})
            # Whoever waits may go: the model is loaded all the same.
            await asyncio.shield(self._begin(entry))
        return entry.served

    def _begin(self, entry: _Entry) -> asyncio.Task[Served | Child]:
        if entry.loading is None:
            entry.status = "loading"
            entry.loading = asyncio.ensure_future(self._loaded(entry))
            entry.loading.add_done_callback(lambda task: task.cancelled() or task.exception())
        return entry.loading

    async def _loaded(self, entry: _Entry) -> Served | Child:
        try:
            async with self._door:
                await self._make_room(entry)
                start = monotonic()
                if entry.settings.isolated and self._start is not None:
                    entry.served = await self._start(entry.settings, self._ended)
                else:
                    llama = await asyncio.to_thread(self._load, entry.settings)
                    entry.served = Served(entry.name, entry.settings, llama, AsyncEngine(llama.engine), entry.aliases)
            entry.status, entry.error = "loaded", None
            entry.last_used = entry.loaded_at = monotonic()
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

    def _ended(self, child: Child, code: int) -> None:
        """Start the process of a model again, which has ended by itself: the sooner the longer it lived."""
        entry = self._known[child.name]
        if entry.served is not child:
            return
        entry.n_ended = 1 if monotonic() - entry.loaded_at > _LIVED else entry.n_ended + 1
        wait = min(_MOST_WAIT, 2.0 ** (entry.n_ended - 1) - 1)
        entry.served, entry.status, entry.not_before = None, "failed", monotonic() + wait
        entry.error = f"its process ended with the status {code}"
        _log.error("the process of the model %s ended with the status %d; again in %g s", entry.name, code, wait)
        self._again.add(task := asyncio.ensure_future(self._begin_later(entry, child, wait)))
        task.add_done_callback(self._again.discard)

    async def _begin_later(self, entry: _Entry, child: Child, seconds: float) -> None:
        await child.close()
        await asyncio.sleep(seconds)
        if not self._is_closed and entry.served is None:
            await asyncio.gather(self._begin(entry), return_exceptions=True)

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
            await served.close()
            _log.info("the model %s was unloaded", entry.name)

    async def _unload_idle(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(_LOOKS)
                for entry in self._entries:
                    if entry.is_free and entry.keep is not None and monotonic() - entry.last_used >= entry.keep:
                        await self._unload(entry)
                        entry.status = "sleeping"
