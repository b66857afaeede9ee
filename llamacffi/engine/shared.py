"""A store of prefixes beside an engine's own memory, and what of its sequences goes there."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from llamacffi._native.digest import xxh3
from llamacffi.core.media_tokens import has_media
from llamacffi.core.state import snapshot
from llamacffi.engine.stored import Kin, PrefixStore
from llamacffi.errors import ContextError, StateError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from llamacffi.core.context import Context
    from llamacffi.engine.stored import Stored

__all__ = ["Shared"]

_log = logging.getLogger("llamacffi")


class Shared:
    """Leaves sequences with a store, and asks it for those that it has.

    What the store raises is logged: it costs time, never an answer.
    """

    def __init__(self, store: PrefixStore, context: Context, kin: str) -> None:
        """`kin` is the context's, by `context_kin`. Raises TypeError for what is no store."""
        given: object = store
        if not isinstance(given, PrefixStore):
            message = (
                f"prefix_store is {given!r}, but must have at_once, wants(), add() and find(), as PrefixStore says"
            )
            raise TypeError(message)
        self.store = store
        self._context, self._name = context, kin
        self._whole = context.model.is_recurrent or context.model.is_hybrid
        self._known: tuple[Hashable, Kin | None] = (object(), None)

    @property
    def at_once(self) -> bool:
        """Whether it is given a sequence as soon as its request is over."""
        return self.store.at_once

    def offer(self, key: Hashable, seq_id: int, tokens: Sequence[int]) -> None:
        """Give the store a copy of a sequence, if it wants one; without one when there is no memory for it."""
        kin = self._kin(key)
        if kin is None or self._context.ledger.pending or has_media(tokens):
            return
        try:
            if self.store.wants(kin, tokens):
                # Adapters may have changed since it was computed: the kin knows them, the state does not.
                altered = not kin.plain or bool(self._context.adapters) or self._context.ledger.n_altered > 0
                self.store.add(kin, tokens, snapshot(self._context, seq_id, tokens, altered=altered))
        except (StateError, ContextError, MemoryError):
            return
        except Exception:  # noqa: BLE001 - a store's own
            _log.exception("%r raised when a prefix of %d tokens was stored", self.store, len(tokens))

    def find(self, key: Hashable, tokens: Sequence[int], *, beyond: int) -> Stored | None:
        """What the store has that goes beyond the first `beyond` of `tokens`."""
        kin = self._kin(key)
        if kin is None or has_media(tokens):
            return None
        try:
            return self.store.find(kin, tokens, beyond=beyond)
        except Exception:  # noqa: BLE001 - a store's own
            _log.exception("%r raised when a prefix was looked for", self.store)
            return None

    def _kin(self, key: Hashable) -> Kin | None:
        if self._known[0] != key:
            self._known = key, self._kin_of(key)
        return self._known[1]

    def _kin_of(self, key: Hashable) -> Kin | None:
        """That of the tasks with this key; None where another process could not tell."""
        told: Any = key
        try:
            salt, (adapters, vector) = told  # as Task.key and Changes.key have it
            scales = sorted((adapter().fingerprint, scale) for adapter, scale in adapters)
        except (TypeError, ValueError, AttributeError):  # of one that was shifted, or with an adapter that is gone
            return None
        if not all(fingerprint for fingerprint, _ in scales):
            return None
        facts = json.dumps([self._name, salt, scales, vector.hex()])
        return Kin(xxh3(facts.encode()).hex(), self._whole, plain=salt is None and not scales and not vector)
