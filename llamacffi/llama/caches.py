"""The part of a Llama that has a prompt cache."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from llamacffi.llama.base import LlamaBase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.state import State
    from llamacffi.engine import Engine
    from llamacffi.engine.stored import Kin, PrefixStore, Stored
    from llamacffi.llama.cache import BaseLlamaCache

__all__ = ["Caches"]

_MOST_PENDING = 2


class Caches(LlamaBase):
    """`set_cache`."""

    cache: BaseLlamaCache | None = None
    """The prompt cache; None for the memory alone that the engine has."""
    _store: PrefixStore | None = None

    def set_cache(self, cache: BaseLlamaCache | None) -> None:
        """Let prompts find what this cache has of them, and leave there what is computed; None for no such cache.

        A prompt that begins like one that was answered lately finds that without any cache: this one is for more of
        them than the engine has room for, and a LlamaDiskCache for other processes and other days. Raises TypeError
        for what is no cache.
        """
        self._check_open()
        store = None if cache is None else _store_of(cache)
        with self._lock:
            self.cache, self._store = cache, store
            if self._engine is not None:
                self._engine.prefix_store = store

    def _close(self) -> None:
        flush = getattr(self._store, "flush", None)
        if flush is not None:  # so that who opens the cache next finds all of it
            flush()
        super()._close()

    def _made_engine(self) -> Engine:
        engine = super()._made_engine()
        engine.prefix_store = self._store
        return engine


def _store_of(cache: Any) -> PrefixStore:
    """What an engine is given for a cache."""
    from llamacffi.llama.cache import LlamaDiskCache, LlamaRAMCache

    for kind in (LlamaDiskCache, LlamaRAMCache):
        own = isinstance(cache, kind) and all(
            getattr(type(cache), name) is getattr(kind, name) for name in ("__getitem__", "__setitem__")
        )
        if own:
            return cache.store if isinstance(cache, LlamaDiskCache) else cache
    if not (hasattr(cache, "__getitem__") and hasattr(cache, "__setitem__")):
        message = (
            f"cache is {cache!r}, but must be a LlamaRAMCache(), a LlamaDiskCache(folder), a cache like these, or None"
        )
        raise TypeError(message)
    return CacheStore(cache)


class CacheStore:
    """A cache that somebody else has written, for an engine, which asks it for every prompt.

    What it is given it is given in another thread. Only one thread calls it at a time.
    """

    at_once = True
    """It is given every sequence, as soon as its request is over."""

    def __init__(self, cache: Any) -> None:
        from llamacffi.engine.background import Background

        self._cache = cache
        self._background = Background()
        self._lock = threading.Lock()

    def wants(self, kin: Kin, tokens: Sequence[int]) -> bool:
        """Whether it is given the state of these tokens: not one with adapters or a salt, which it could not tell."""
        return kin.plain and self._background.n_waiting < _MOST_PENDING

    def add(self, kin: Kin, tokens: Sequence[int], state: State) -> None:
        """Give it a state."""
        from llamacffi.llama.llama_state import LlamaState

        key = tuple(tokens)

        def put() -> None:
            with self._lock:
                self._cache[key] = LlamaState.of(state)

        self._background.do(put, f"{self._cache!r} could not store a state")

    def find(self, kin: Kin, tokens: Sequence[int], *, beyond: int) -> Stored | None:
        """Ask it for a state."""
        from llamacffi.llama.cache import stored

        if not kin.plain:
            return None
        with self._lock:
            try:
                value = self._cache[tuple(tokens)]
            except KeyError:
                return None
        return stored(value, kin, tokens, beyond)

    def flush(self) -> None:
        """Wait until it has what it is to have."""
        self._background.wait()
