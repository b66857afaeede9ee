"""Prompt caches: what was computed of prompts, for prompts that begin alike."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from llamacffi._native.digest import xxh3
from llamacffi.core.container import Container
from llamacffi.core.media_tokens import has_media
from llamacffi.core.state import State
from llamacffi.engine.disk_prefixes import DiskPrefixes
from llamacffi.engine.stored import WORTH_A_COPY, Kin, PrefixIndex, Stored
from llamacffi.errors import MediaError, StateError
from llamacffi.generation.prompt import n_common
from llamacffi.llama.llama_state import LlamaState

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["BaseLlamaCache", "LlamaCache", "LlamaDiskCache", "LlamaRAMCache"]

_BY_HAND = "by hand"  # the kin of what was not computed by an engine


class BaseLlamaCache(ABC):
    """A mapping from tokens to LlamaStates, which finds the state that begins most like the tokens asked for.

    `Llama.set_cache` takes any object of this kind. A class of your own needs the four methods below; `cache[tokens]`
    raises KeyError when it has nothing.
    """

    def __init__(self, capacity_bytes: int = 2 << 30) -> None:
        self.capacity_bytes = capacity_bytes

    @property
    @abstractmethod
    def cache_size(self) -> int:
        """Bytes of all that it holds."""
        raise NotImplementedError

    def _find_longest_prefix_key(self, key: tuple[int, ...]) -> tuple[int, ...] | None:
        """The tokens of the state that begins most like `key`."""
        return None

    @abstractmethod
    def __getitem__(self, key: Sequence[int]) -> LlamaState:
        raise NotImplementedError

    @abstractmethod
    def __contains__(self, key: Sequence[int]) -> bool:
        raise NotImplementedError

    @abstractmethod
    def __setitem__(self, key: Sequence[int], value: LlamaState) -> None:
        raise NotImplementedError


class LlamaRAMCache(BaseLlamaCache):
    """A prompt cache in memory, of at most `capacity_bytes`: what was of use longest ago goes first.

    Several Llamas may have one, also of different models. Without it a Llama keeps its own, in `host_bytes`.
    """

    at_once = False
    """An engine leaves here what its own context has no room for."""

    def __init__(self, capacity_bytes: int = 2 << 30) -> None:
        super().__init__(capacity_bytes)
        self._lock = threading.RLock()
        self._index = PrefixIndex()
        self._values: OrderedDict[int, tuple[str, LlamaState | State, int]] = OrderedDict()  # by last use
        self._n_bytes = self._n_added = 0

    @property
    def cache_size(self) -> int:
        """Bytes of all that it holds, logits included."""
        return self._n_bytes

    @property
    def cache_state(self) -> OrderedDict[tuple[int, ...], LlamaState]:
        """A copy of the mapping, the last used last."""
        with self._lock:
            return OrderedDict(
                (tuple(self._index.tokens(number)), _as_llama_state(value))
                for number, (_, value, _) in self._values.items()
            )

    def _find_longest_prefix_key(self, key: tuple[int, ...]) -> tuple[int, ...] | None:
        with self._lock:
            number = self._nearest(key)
            return None if number is None else tuple(self._index.tokens(number))

    def __getitem__(self, key: Sequence[int]) -> LlamaState:
        with self._lock:
            number = self._nearest(key)
            if number is None:
                raise KeyError(_NOTHING)
            self._values.move_to_end(number)
            value = self._values[number][1]
        return _as_llama_state(value)

    def __contains__(self, key: Sequence[int]) -> bool:
        with self._lock:
            return self._nearest(key) is not None

    def __setitem__(self, key: Sequence[int], value: LlamaState) -> None:
        self._put(_BY_HAND, _told(key), value, value.n_bytes)

    def wants(self, kin: Kin, tokens: Sequence[int]) -> bool:
        """Whether enough of these tokens is in no state yet, for an engine that would lose them."""
        with self._lock:
            _, n = self._index.find(kin.name, tokens, whole=kin.whole)
        return self.capacity_bytes > 0 and (len(tokens) - n) * WORTH_A_COPY >= len(tokens)

    def add(self, kin: Kin, tokens: Sequence[int], state: State) -> None:
        """Store a sequence of an engine's."""
        self._put(kin.name, list(tokens), state, len(state))

    def find(self, kin: Kin, tokens: Sequence[int], *, beyond: int = 0) -> Stored | None:
        """The sequence that begins most like `tokens`, for an engine; also one that was put in by hand."""
        with self._lock:
            number, n = self._index.find(kin.name, tokens, whole=kin.whole)
            if kin.plain:
                by_hand, n_by_hand = self._index.find(_BY_HAND, tokens, whole=kin.whole)
                if n_by_hand > n:
                    number, n = by_hand, n_by_hand
            if number is None or n <= beyond:
                return None
            self._values.move_to_end(number)
            value, own = self._values[number][1], self._index.tokens(number)
        return Stored(own, value, n) if isinstance(value, State) else stored(value, kin, tokens, beyond)

    def _nearest(self, key: Sequence[int]) -> int | None:
        """The number of the value that begins most like `key`, of whatever kin."""
        tokens = list(key)
        kins = {name for name, _, _ in self._values.values()}
        number, n = max((self._index.find(kin, tokens) for kin in kins), key=_alike, default=(None, 0))
        return number if n else None

    def _put(self, kin: str, tokens: list[int], value: LlamaState | State, n_bytes: int) -> None:
        with self._lock:
            before = self._index.exact(kin, tokens)
            if before is not None:
                self._remove(before)
            if not tokens or n_bytes > self.capacity_bytes:
                return
            self._n_added += 1
            self._index.add(self._n_added, kin, tokens)
            self._values[self._n_added] = kin, value, n_bytes
            self._n_bytes += n_bytes
            while self._n_bytes > self.capacity_bytes:
                self._remove(next(iter(self._values)))

    def _remove(self, number: int) -> None:
        self._index.remove(number)
        self._n_bytes -= self._values.pop(number)[2]


LlamaCache = LlamaRAMCache
"""The name that it had before there was another."""


class LlamaDiskCache(BaseLlamaCache):
    """A prompt cache in a folder, of at most `capacity_bytes`: what was of use longest ago goes first.

    Other processes with the same folder find what is there, for the same model and options alone. A file that is
    damaged is removed with a warning; nothing in it is ever executed. Raises OSError when the folder cannot be made or
    written.
    """

    def __init__(self, cache_dir: str | os.PathLike[str] = ".cache/llama_cache", capacity_bytes: int = 2 << 30) -> None:
        self.store = DiskPrefixes(cache_dir, capacity_bytes)
        """What an engine is given as its `prefix_store`."""

    @property
    def capacity_bytes(self) -> int:  # an attribute of the base, which here reaches the store
        """The most that the files may take."""
        return self.store.max_bytes

    @capacity_bytes.setter
    def capacity_bytes(self, capacity_bytes: int) -> None:
        self.store.max_bytes = capacity_bytes

    @property
    def cache_size(self) -> int:
        """Bytes of all files, those of other processes included."""
        return self.store.n_bytes

    def _find_longest_prefix_key(self, key: tuple[int, ...]) -> tuple[int, ...] | None:
        found = self._read(key)
        return None if found is None else tuple(found.input_ids.tolist())

    def __getitem__(self, key: Sequence[int]) -> LlamaState:
        found = self._read(key)
        if found is None:
            raise KeyError(_NOTHING)
        return found

    def __contains__(self, key: Sequence[int]) -> bool:
        return self.store.nearest(_text_of(key)) is not None

    def __setitem__(self, key: Sequence[int], value: LlamaState) -> None:
        tokens = _told(key)
        if has_media(tokens):
            message = "a state of pictures or sound is not kept in files; keep it in a LlamaRAMCache"
            raise MediaError(message)
        input_ids, scores = (
            np.ascontiguousarray(value.input_ids, np.intc),
            np.ascontiguousarray(value.scores, np.single),
        )
        told = {"n_tokens": value.n_tokens, "size": value.llama_state_size, "seed": value.seed}
        shapes = {"n_input_ids": len(input_ids), "scores": scores.shape}
        parts = (input_ids.tobytes(), scores.tobytes(), value.llama_state)
        container = Container.of({"tokens": tokens, "llama_state": {**told, **shapes}}, *parts)
        # What begins a longer one stays: it was asked to be there.
        kin = Kin(xxh3(_kind_of(value).encode()).hex(), whole=True)
        self.store.write(kin, tokens, lambda path: container.save(path, fsync=False), container.size)

    def _read(self, key: Sequence[int]) -> LlamaState | None:
        tokens = _text_of(key)
        while (name := self.store.nearest(tokens)) is not None:
            found = self.store.read(name, _load)
            if found is not None:
                return found
        return None


_NOTHING = "no state in the cache begins like these tokens"


def stored(value: LlamaState, kin: Kin, tokens: Sequence[int], beyond: int) -> Stored | None:
    """What an engine makes of a LlamaState; None when it is none that it can use."""
    try:
        state = State.from_bytes(value.llama_state)
    except StateError:
        return None
    own = list(state.tokens)
    n = n_common(own, list(tokens))
    # It is told by itself what it was computed with, but for adapters of an engine that had several.
    if n <= beyond or (kin.whole and n != len(own)) or not kin.plain or not state.altered_by:
        return None
    return Stored(own, state, n)


def _told(key: Sequence[int]) -> list[int]:
    """The tokens to know a state by. Raises MediaError where they do not say what a picture was."""
    tokens = [int(token) for token in key]
    if -1 in tokens:
        message = (
            "the tokens have -1 for the embeddings of a picture or a sound, as input_ids has; which one it was say the "
            "tokens of Projector.prompt alone: use these as the key"
        )
        raise MediaError(message)
    return tokens


def _text_of(key: Sequence[int]) -> list[int]:
    """The tokens up to the first picture or sound."""
    tokens = [int(token) for token in key]
    return list(takewhile(lambda token: token >= 0, tokens)) if has_media(tokens) else tokens


def _as_llama_state(value: LlamaState | State) -> LlamaState:
    return LlamaState.of(value) if isinstance(value, State) else value


def _kind_of(value: LlamaState) -> str:
    """What keeps the files of two models apart that read the same tokens."""
    try:
        return f"{_BY_HAND} {State.from_bytes(value.llama_state).fingerprint}"
    except (StateError, TypeError):
        return _BY_HAND


def _load(path: Path) -> LlamaState:
    """The LlamaState of a file, which may be an engine's."""
    container = Container.load(path)
    told = container.header.get("llama_state")
    if told is None:
        return LlamaState.of(State.load(path))
    payload = container.payload
    try:
        ids_end = 4 * told["n_input_ids"]
        rows, columns = told["scores"]
        scores_end = ids_end + 4 * rows * columns
        return LlamaState(
            input_ids=np.frombuffer(payload[:ids_end], np.intc).copy(),
            scores=np.frombuffer(payload[ids_end:scores_end], np.single).reshape(rows, columns).copy(),
            n_tokens=told["n_tokens"],
            llama_state=bytes(payload[scores_end:]),
            llama_state_size=told["size"],
            seed=told["seed"],
        )
    except (KeyError, TypeError, ValueError) as error:
        message = f"its header has other fields than a LlamaState has: {error}"
        raise StateError(message) from None


def _alike(found: tuple[int | None, int]) -> int:
    return found[1]
