"""Prefixes in a folder, for engines of other processes and of days to come."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from llamacffi._native.digest import xxh3
from llamacffi.core.container import Container
from llamacffi.core.state import State
from llamacffi.engine.background import Background
from llamacffi.engine.stored import WORTH_A_COPY, Kin, PrefixIndex, Stored
from llamacffi.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["DiskPrefixes"]

T = TypeVar("T")

_log = logging.getLogger("llamacffi")

_NAME = re.compile(r"([0-9a-f]{32})-([0-9a-f]{32})\.state")  # the kin, and a hash of the tokens
_UNFINISHED = re.compile(r"\." + _NAME.pattern + r"\..+")
_ABANDONED = 3600.0  # seconds after which what was never finished is nobody's any more
_MOST_PENDING = 2  # states that wait to be written: more would need memory for nothing if the disk is slow
_SUPERSEDED = 2  # times as long may be what takes the place of a file, or reading it would take much longer
_UNSETTLED = 50_000_000  # nanoseconds in which a folder may change without a newer time


class DiskPrefixes:
    """States of sequences in a folder, each in a file that `State` reads, of at most `max_bytes` together.

    Several processes may use a folder: files appear and disappear whole, and what one writes the others find from
    their next request on. Beyond `max_bytes` go those that were of use longest ago. A file that is damaged is removed
    with a warning; files of other names are let alone. What is in the folder is believed: let nobody write there
    whom you would not let write the model's file.

    Files are written by a thread of its own, which lives as long as there is something to write, and ends before the
    process does. Raises OSError when the folder cannot be made or read.
    """

    at_once = True
    """An engine gives it a sequence as soon as its request is over."""

    def __init__(self, folder: str | os.PathLike[str], max_bytes: int = 2 << 30) -> None:
        self.folder = Path(folder)
        self.max_bytes = max_bytes
        self.folder.mkdir(parents=True, exist_ok=True)
        self._index = PrefixIndex()
        self._numbers: dict[str, int] = {}  # of the files that are in the index
        self._names: dict[int, str] = {}
        self._n_added = 0
        self._token_bytes: dict[str, float] = {}  # by kin
        self._stamp = 0
        self._background = Background()
        self.refresh()

    @property
    def n_bytes(self) -> int:
        """How large the files are, together."""
        return sum(size for _, size, _ in self._files())

    def wants(self, kin: Kin, tokens: Sequence[int]) -> bool:
        """Whether enough of these tokens is in no file yet, and there is room for them."""
        if (
            self._background.n_waiting >= _MOST_PENDING
            or self._token_bytes.get(kin.name, 1) * len(tokens) > self.max_bytes
        ):
            return False
        with self._background.lock:
            _, n = self._index.find(kin.name, tokens, whole=kin.whole)
        return (len(tokens) - n) * WORTH_A_COPY >= len(tokens)

    def add(self, kin: Kin, tokens: Sequence[int], state: State) -> None:
        """Write a state, in another thread."""
        tokens = list(tokens)
        self._token_bytes[kin.name] = len(state) / max(1, len(tokens))
        self._background.do(
            lambda: self.write(kin, tokens, lambda path: state.save(path, fsync=False), len(state)),
            f"a prefix of {len(tokens)} tokens could not be stored in {self.folder}",
        )

    def find(self, kin: Kin, tokens: Sequence[int], *, beyond: int = 0) -> Stored | None:
        """Read the sequence that begins most like `tokens`, if that is worth it; None when there is none."""
        self._look_for_new()
        with self._background.lock:
            number, n = self._index.find(kin.name, tokens, whole=kin.whole)
            if number is None or n <= beyond:
                return None
            name, own = self._names[number], self._index.tokens(number)
        if n * WORTH_A_COPY < len(own):
            return None
        state = self.read(name, _checked)
        return None if state is None else Stored(own, state, n)

    def nearest(self, tokens: Sequence[int]) -> str | None:
        """The name of the file that begins most like `tokens`, of whatever kin; None when there is none."""
        self.refresh()
        with self._background.lock:
            kins = {name.partition("-")[0] for name in self._numbers}
            number, n = max((self._index.find(kin, tokens) for kin in kins), key=_alike, default=(None, 0))
            return None if number is None or n == 0 else self._names[number]

    def write(self, kin: Kin, tokens: Sequence[int], save: Callable[[Path], None], n_bytes: int) -> None:
        """Let `save` write a file, now; nothing that alone is too large. Raises OSError."""
        if n_bytes > self.max_bytes:
            return
        name = f"{kin.name}-{_hash(tokens)}.state"
        save(self.folder / name)
        with self._background.lock:
            self._note(name, tokens)
        if not kin.whole:
            self._supersede(kin, tokens)
        self._trim()

    def read(self, name: str, load: Callable[[Path], T]) -> T | None:
        """What `load` makes of a file; None when it is not there any more, or is damaged and now removed."""
        path = self.folder / name
        try:
            loaded = load(path)
            # For who looks what was of use last; the time of its writing stays, by which a mapped file is watched.
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
        except StateError as error:
            self._remove(name, error)
            return None
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                _log.warning("a stored prefix could not be read: %s", error)
            self._forget(name)
            return None
        return loaded

    def refresh(self) -> None:
        """Look what other processes have written or removed. Raises OSError."""
        self._stamp = stamp = self.folder.stat().st_mtime_ns
        if time.time_ns() - stamp < _UNSETTLED:
            self._stamp = 0
        there = {name for _, _, name in self._files()}
        with self._background.lock:
            gone, new = self._numbers.keys() - there, there - self._numbers.keys()
            for name in gone:
                self._forget(name)
        for name in new:
            tokens = self._tokens_of(name)
            if tokens is not None:
                with self._background.lock:
                    self._note(name, tokens)

    def flush(self) -> None:
        """Wait until what was added is written."""
        self._background.wait()

    def clear(self) -> None:
        """Remove all files."""
        self.flush()
        for _, _, name in self._files():
            self._remove(name)

    def _look_for_new(self) -> None:
        try:
            changed = self.folder.stat().st_mtime_ns != self._stamp
        except OSError:  # then nothing is found, as nothing is there
            changed = True
        if changed and not self._background.n_waiting:
            self._background.do(self.refresh, f"{self.folder} could not be read")

    def _tokens_of(self, name: str) -> list[int] | None:
        """The tokens of a file that another process has written; None when it is gone, or not what it should be."""
        try:
            tokens = list(Container.load(self.folder / name).header["tokens"])
            digest = _hash(tokens)
        except (StateError, KeyError, TypeError, AttributeError, OverflowError) as error:
            self._remove(name, error)
            return None
        except OSError:
            return None
        if name != f"{name[:32]}-{digest}.state":
            self._remove(name, StateError("its name belongs to other tokens"))
            return None
        return tokens

    def _note(self, name: str, tokens: Sequence[int]) -> None:
        if name not in self._numbers and tokens:
            self._n_added += 1
            self._numbers[name], self._names[self._n_added] = self._n_added, name
            self._index.add(self._n_added, name.partition("-")[0], tokens)

    def _forget(self, name: str) -> None:
        with self._background.lock:
            number = self._numbers.pop(name, None)
            if number is not None:
                del self._names[number]
                self._index.remove(number)

    def _remove(self, name: str, why: Exception | None = None) -> None:
        if why is not None:
            _log.warning("%s in %s is removed, it is no prefix that can be used: %s", name, self.folder, why)
        self._forget(name)
        with contextlib.suppress(OSError):
            (self.folder / name).unlink(missing_ok=True)

    def _supersede(self, kin: Kin, tokens: Sequence[int]) -> None:
        """Remove the files that a new one begins with."""
        n = len(tokens)
        while n:
            with self._background.lock:
                number, n = self._index.find(kin.name, tokens[: n - 1], whole=True)
                if number is None or n * _SUPERSEDED < len(tokens):
                    return
                name = self._names[number]
            self._remove(name)

    def _trim(self) -> None:
        """Remove what is too much, of whichever process, and what never became whole."""
        files = sorted(self._files())
        n_bytes = sum(size for _, size, _ in files)
        for _, size, name in files:
            if n_bytes <= self.max_bytes:
                break
            self._remove(name)
            n_bytes -= size
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if _UNFINISHED.fullmatch(entry.name) and entry.stat().st_mtime < time.time() - _ABANDONED:
                    Path(entry.path).unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[int, int, str]]:
        """When each was used last, its size, its name."""
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if _NAME.fullmatch(entry.name):
                    with contextlib.suppress(FileNotFoundError):
                        status = entry.stat()
                        yield max(status.st_atime_ns, status.st_mtime_ns), status.st_size, entry.name

    def __repr__(self) -> str:
        return f"DiskPrefixes({str(self.folder)!r}, {self.max_bytes})"


def _checked(path: Path) -> State:
    """The state of a file, every bit of which is known to be right."""
    state = State.load(path)
    state.payload  # noqa: B018 - for its check
    return state


def _hash(tokens: Sequence[int]) -> str:
    return xxh3(b"".join(token.to_bytes(4, "little") for token in tokens)).hex()


def _alike(found: tuple[int | None, int]) -> int:
    return found[1]
