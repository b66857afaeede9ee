"""A file of answers that can be gone on with, whenever the process that wrote it was killed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from llamacffi.cli.records import DIGEST_BYTES
from llamacffi.errors import LlamaError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

    from llamacffi.cli.records import Record

__all__ = ["Journal"]

_VERSION = 1
_WIDTH = 2 * DIGEST_BYTES + 1  # of a line of the journal but the first


class Journal:
    """The answers in `output`, a line each, and beside it a file that says what they were made of.

    That file (`OUTPUT.journal`) has the options in its first line, and for each answer the digest of the input up to
    the line that it answers. It is written before the answer: what is there of it beyond the answers is cut off when
    the work goes on, and so is an answer without its end.
    """

    def __init__(self, output: Path, options: dict[str, Any], *, restart: bool) -> None:
        """Raises LlamaError when the answers there are to other options or unknown, or another process writes."""
        self._output, self._path = output, output.with_name(output.name + ".journal")
        self._header = {"version": _VERSION, **options}
        self._n_done = 0
        self._begin = 0  # of the digests in the journal
        if not (restart or self._path.exists()):
            self._check_empty(output)
        self._journal = self._path.open("a+b")
        try:
            _lock(self._journal.fileno(), output)
            self._answers = output.open("a+b")
        except BaseException:
            self._journal.close()
            raise
        try:
            if restart:
                self._answers.truncate(0)
                self._journal.truncate(0)
            self._resume()
        except BaseException:
            self.close()
            raise

    @property
    def n_done(self) -> int:
        """How many answers there are."""
        return self._n_done

    def check(self, record: Record) -> None:
        """Raise LlamaError when the line that was answered last was another, or came after others."""
        self._journal.seek(self._begin + _WIDTH * (self._n_done - 1))
        if self._journal.read(_WIDTH) != _entry(record):
            message = (
                f"the input is not what {self._output} was made of: up to line {record.line} it has changed; "
                "give another output, or --restart to answer all of it again"
            )
            raise LlamaError(message)

    def write(self, record: Record, answer: dict[str, Any]) -> None:
        """Add the answer to a line; it is in the file when this returns."""
        try:
            line = json.dumps(answer, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # half a character in the line's id
            line = json.dumps(answer).encode()
        _write(self._journal.fileno(), _entry(record))
        _write(self._answers.fileno(), line + b"\n")
        self._n_done += 1

    def close(self) -> None:
        """Close the files."""
        self._answers.close()
        self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    def _resume(self) -> None:
        self._journal.seek(0)
        first = self._journal.readline()
        if not first.endswith(b"\n"):  # killed before anything was answered
            self._check_empty(self._output)
            self._journal.truncate(0)
            first = json.dumps(self._header).encode() + b"\n"
            _write(self._journal.fileno(), first)
        self._check_header(first)
        self._n_done, end = _whole_lines(self._answers)
        self._begin = len(first)
        size = self._begin + _WIDTH * self._n_done
        if self._path.stat().st_size < size:
            message = f"{self._path} does not belong to {self._output}, which has more lines; --restart replaces both"
            raise LlamaError(message)
        self._answers.truncate(end)
        self._journal.truncate(size)

    def _check_empty(self, output: Path) -> None:
        if output.exists() and output.stat().st_size:
            message = f"{output} is there and was not written by this command; take another, or --restart to replace it"
            raise LlamaError(message)

    def _check_header(self, first: bytes) -> None:
        header = self._header
        try:
            before = dict(json.loads(first))
        except ValueError as error:
            message = f"{self._path} is damaged; --restart replaces it and {self._output}"
            raise LlamaError(message) from error
        # Drawn for each beginning: those that go on go on with the first one's.
        self.seed: int | None = before.get("drawn_seed")
        before["drawn_seed"] = header.get("drawn_seed")
        changed = [name for name in sorted(before.keys() | header.keys()) if before.get(name) != header.get(name)]
        if changed:
            texts = [f"{name} was {before.get(name)!r} and is {header.get(name)!r}" for name in changed]
            message = (
                f"{self._output} was begun with other options: {'; '.join(texts)}; "
                "give these again, another output, or --restart to answer all again"
            )
            raise LlamaError(message)


def _entry(record: Record) -> bytes:
    return record.digest.encode("ascii") + b"\n"


def _whole_lines(file: Any) -> tuple[int, int]:
    """How many lines have an end, and where the last of them ends."""
    n = end = place = 0
    file.seek(0)
    while block := file.read(2**20):
        n += block.count(b"\n")
        if (last := block.rfind(b"\n")) >= 0:
            end = place + last + 1
        place += len(block)
    return n, end


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _lock(descriptor: int, output: Path) -> None:
    """Refuse to write what another process is writing; where there are no such locks, nobody is kept apart."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        message = f"another process is writing {output}"
        raise LlamaError(message) from error
