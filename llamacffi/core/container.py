"""A payload with a header, in one piece, in which every bit is checked."""

from __future__ import annotations

import json
import os
import struct
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi, lib
from llamacffi._native.arrays import lend
from llamacffi._native.digest import SIZE as DIGEST_SIZE
from llamacffi._native.digest import xxh3
from llamacffi.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

__all__ = ["Container"]

_MAGIC = b"LCFFISTA"
_VERSION = 2
_PREFIX = struct.Struct(f"<8sIIQ{DIGEST_SIZE}s")  # magic, version, length of the header, of the payload, its digest
_ALIGNMENT = 64


class Container:
    """As bytes: a prefix, the header in JSON, the digest of both, the payload, whose digest is in the prefix.

    The payload is never copied: C writes it where `to_bytes` returns it from, and reads it from the mapped file. Its
    digest is made when the whole is asked for, and checked before the first use.
    """

    def __init__(self, data: bytes | memoryview, *, name: str = "", file: _MappedFile | None = None) -> None:
        """Read the prefix and the header. Raises StateError when they are damaged, or when bytes are missing."""
        self._data = memoryview(data)
        self._name = name
        self._file = file
        self._sealed = True
        self._checked = False
        self.header, self._start = self._read()

    @classmethod
    def fill(cls, header: Mapping[str, Any], size: int, write: Callable[[Any], None]) -> Self:
        """A container whose payload of `size` bytes `write(uint8_t *)` writes."""
        text = json.dumps(header).encode()
        text += b" " * (-(_PREFIX.size + len(text) + DIGEST_SIZE) % _ALIGNMENT)
        start = _PREFIX.size + len(text) + DIGEST_SIZE
        # Written through a pointer before anyone sees it, so that what `to_bytes` returns need not be a copy.
        data = bytes(start + size)
        pointer = lend("uint8_t[]", data)
        lib.lcffi_huge_pages(pointer, len(data))
        ffi.memmove(
            pointer, _PREFIX.pack(_MAGIC, _VERSION, len(text), size, bytes(DIGEST_SIZE)) + text, start - DIGEST_SIZE
        )
        write(pointer + start)

        self = cls.__new__(cls)
        self._data = memoryview(data)
        self._name = ""
        self._file = None
        self._sealed = False
        self._checked = True
        self.header, self._start = dict(header), start
        return self

    @classmethod
    def of(cls, header: Mapping[str, Any], *parts: bytes | memoryview) -> Self:
        """A container whose payload are some bytes, one part after the other."""

        def write(target: Any) -> None:
            for part in parts:
                ffi.memmove(target, part, len(part))
                target += len(part)

        return cls.fill(header, sum(map(len, parts)), write)

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Self:
        """What `to_bytes` returned; bytes that others can change are copied. Raises StateError if any bit differs."""
        view = memoryview(data)
        if not (view.readonly and view.c_contiguous):
            view = memoryview(bytes(view))
        self = cls(view.cast("B"))
        self.payload  # noqa: B018 - for its check
        return self

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Map what `save` wrote into memory. Raises StateError for a damaged header or a wrong length, and OSError."""
        name = f"{os.fspath(path)!r}: "
        if sys.platform == "win32":  # where a file that is mapped cannot be replaced
            return cls(Path(path).read_bytes(), name=name)
        file = _MappedFile(path)
        return cls(file.view, name=name, file=file)

    @property
    def size(self) -> int:
        """The bytes of the payload."""
        return len(self._data) - self._start

    @property
    def payload(self) -> memoryview:
        """The payload, read-only. Raises StateError when it is not what was saved."""
        if self._file is not None and not self._file.unchanged():
            raise self._error("the file was written to since it was loaded; load it again")
        payload = self._data[self._start :]
        if not self._checked:
            if xxh3(payload) != self._data[_PREFIX.size - DIGEST_SIZE : _PREFIX.size]:
                raise self._error("the saved state is damaged: its checksum does not match; save it again")
            self._checked = True
        return payload

    def to_bytes(self) -> bytes:
        """The whole, in one piece."""
        whole = self._whole()
        owner = whole.obj
        return owner if isinstance(owner, bytes) and len(owner) == len(whole) else bytes(whole)

    def save(self, path: str | os.PathLike[str], *, fsync: bool) -> None:
        """Write a file, which is replaced only when the new one is whole. Raises OSError."""
        import tempfile

        target = Path(path)
        whole = self._whole()
        # In the same folder: a file can be renamed over another only within a file system.
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(whole)
                file.flush()
                if fsync:
                    os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if fsync and sys.platform != "win32":
            _sync_folder(target.parent)

    def _whole(self) -> memoryview:
        payload = self.payload
        if not self._sealed:
            pointer = lend("uint8_t[]", self._data)
            ffi.memmove(pointer + (_PREFIX.size - DIGEST_SIZE), xxh3(payload), DIGEST_SIZE)
            end = self._start - DIGEST_SIZE
            ffi.memmove(pointer + end, xxh3(self._data[:end]), DIGEST_SIZE)
            self._sealed = True
        return self._data

    def _read(self) -> tuple[dict[str, Any], int]:
        data = self._data
        if len(data) < _PREFIX.size + DIGEST_SIZE or data[: len(_MAGIC)] != _MAGIC:
            raise self._error(f"this is not a saved state: {len(data)} bytes that begin with {bytes(data[:8])!r}")
        _magic, version, length, size, _payload_digest = _PREFIX.unpack_from(data)
        if version != _VERSION:
            raise self._error(f"the saved state has format {version}, this llamacffi reads {_VERSION}")
        end = _PREFIX.size + length
        if len(data) != end + DIGEST_SIZE + size:
            wanted = end + DIGEST_SIZE + size
            raise self._error(f"the saved state is damaged: it has {len(data)} bytes, not {wanted}; save it again")
        if xxh3(data[:end]) != data[end : end + DIGEST_SIZE]:
            raise self._error("the saved state is damaged: its header's checksum does not match; save it again")
        try:
            header = json.loads(bytes(data[_PREFIX.size : end]))
        except ValueError as error:
            raise self._error(f"the header is not JSON: {error}") from None
        return header, end + DIGEST_SIZE

    def _error(self, message: str) -> StateError:
        return StateError(self._name + message)


class _MappedFile:
    """A file's pages as memory.

    The file stays open, so that a change is seen before they are read: to read past the end of a file that was cut off
    ends the process.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        import mmap

        self._fd = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._fd)
        self._stamp = self._look()
        # An empty file cannot be mapped.
        self.view = memoryview(mmap.mmap(self._fd, 0, access=mmap.ACCESS_READ) if self._stamp[0] else b"")

    def unchanged(self) -> bool:
        return self._look() == self._stamp

    def _look(self) -> tuple[int, int]:
        status = os.fstat(self._fd)
        return status.st_size, status.st_mtime_ns


def _sync_folder(folder: Path) -> None:
    """Make the renaming last."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
