"""GGUF files: their metadata and tensors, read as they are asked for."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import Handle, ffi, lib, native_errors, start
from llamacffi._native.arrays import lend
from llamacffi.core import compat
from llamacffi.core.files import located, replaced
from llamacffi.core.metadata import Metadata, set_value
from llamacffi.errors import ModelLoadError, NativeError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import IO

    from numpy.typing import NDArray

__all__ = [
    "GGUFFile",
    "TensorInfo",
    "check_complete",
    "check_file",
    "complete_metadata",
    "edit_gguf",
    "has_floats",
    "read_at_position",
    "type_ids",
]

_MAGIC = b"GGUF"


@dataclass(frozen=True)
class TensorInfo:
    """One entry of a GGUF's list of tensors."""

    name: str
    type: str
    """ggml's name of the type: "f32", "q4_K", …"""
    shape: tuple[int, ...]
    """NumPy's order, [out, in] for a matrix: the reverse of ggml's `ne`, without leading ones."""
    offset: int
    """Bytes from the beginning of the GGUF."""
    size: int
    """Bytes."""


class GGUFFile(Handle):
    """The header of a GGUF file: metadata and the list of tensors, without their data (gguf_init_from_file).

    `file` is a path, a model's name, or an open binary file whose position is where the GGUF begins. Of a split model
    it is one part. Raises ModelLoadError with llama.cpp's reason.
    """

    def __init__(self, file: str | os.PathLike[str] | IO[bytes]) -> None:
        start()
        if isinstance(file, (str, os.PathLike)):
            self.path: Path | None = located(file)
            check_file(self.path)
            name = str(self.path)
        else:
            self.path = None
            name = str(getattr(file, "name", "a file object"))
        self.name = name
        params = ffi.new("struct gguf_init_params *", {"no_alloc": True})
        self._shapes = compat.TensorShapes(params)
        native_errors()  # what earlier calls left behind is not this one's reason
        try:
            if self.path is not None:
                ptr = lib.gguf_init_from_file(os.fsencode(self.path), params[0])
            else:
                ptr = read_at_position(
                    file, lambda stream: compat.function("gguf_init_from_file_ptr")(stream, params[0])
                )
        except NativeError as error:
            raise ModelLoadError(name, str(error)) from error
        if not ptr:
            raise ModelLoadError(name, native_errors() or "its header cannot be read")
        super().__init__(ptr, self._shapes.free)

    def __repr__(self) -> str:
        return f"<GGUFFile {self.name}, {len(self.metadata)} keys, {len(self.tensors)} tensors>"

    @cached_property
    def metadata(self) -> Metadata:
        """The keys and values, typed."""
        return Metadata(lambda function: self.share(lambda: function(self.ptr)))

    @cached_property
    def tensors(self) -> Mapping[str, TensorInfo]:
        """The tensors by name, in the file's order."""
        found = self.share(_tensors, self.ptr, self._shapes)
        return {tensor.name: tensor for tensor in found}

    def read(self, name: str) -> NDArray[np.float32]:
        """The tensor of that name, dequantised to float32 in its `shape`.

        Raises KeyError for a name that is not there, ValueError for a type that ggml does not convert, OSError.
        """
        tensor = self.tensors[name]
        if self.path is None:
            message = f"{self.name} was given as a file object, and only its header is kept; give a path"
            raise ValueError(message)
        data = np.fromfile(self.path, np.uint8, tensor.size, offset=tensor.offset)
        if data.nbytes != tensor.size:
            message = f"tensor {name!r} ends after the file: {data.nbytes} of {tensor.size} bytes are there"
            raise ModelLoadError(self.name, message)
        if tensor.type == "f32":
            return data.view(np.float32).reshape(tensor.shape)
        convert = _to_float(tensor.type)
        if not convert:
            message = f"ggml has no conversion from {tensor.type} to float32 (tensor {name!r})"
            raise ValueError(message)
        values = np.empty(tensor.shape, np.float32)
        convert(lend("char[]", data), lend("float[]", values), values.size)
        return values


def edit_gguf(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    changes: Mapping[str, object] | None = None,
    *,
    remove: Collection[str] = (),
) -> Path:
    """Copy a GGUF file with other metadata; the tensors stay as they are, and `target` may be the source itself.

    `changes` are keys with new values, as Metadata gives them; a number keeps the type that it has in the file. The
    target is replaced only when it is whole. Raises ModelLoadError, KeyError for a key to remove that is not there,
    TypeError and ValueError for a value that a GGUF cannot hold, OSError.
    """
    changes = changes or {}
    if "general.alignment" in {*changes, *remove}:
        raise ValueError("general.alignment says where the tensors lie, and they stay where they are")
    path = located(source)
    with GGUFFile(path) as file:
        for key in remove:
            if lib.gguf_remove_key(file.ptr, key.encode()) < 0:
                raise KeyError(key)
        for key, value in changes.items():
            set_value(file.ptr, key, value)
        _copy(path, Path(target), file.ptr)
    return Path(target)


def complete_metadata(path: Path, original: Any) -> None:
    """Add to a file that llama.cpp saved what it does not save of the `gguf_context *` that it loaded."""
    with GGUFFile(path) as file, Handle(lib.gguf_init_empty(), lib.gguf_free) as lost:
        lib.gguf_set_kv(lost.ptr, original)
        # The file is one part now.
        for key in (*file.metadata, "split.no", "split.count", "split.tensors.count", "general.alignment"):
            lib.gguf_remove_key(lost.ptr, key.encode())
        lib.gguf_set_kv(file.ptr, lost.ptr)
        _copy(path, path, file.ptr)


def _copy(source: Path, target: Path, header: Any) -> None:
    """Write `header`, which is that of `source` with other metadata, and the tensors of `source`."""
    begin = lib.gguf_get_data_offset(header)
    size = lib.gguf_get_meta_size(header)
    meta = np.zeros(size, np.uint8)
    lib.gguf_get_meta_data(header, lend("char[]", meta))
    with replaced(target) as temporary, temporary.open("wb") as out, source.open("rb") as file:
        out.write(meta.data)
        file.seek(begin)
        shutil.copyfileobj(file, out, 1 << 20)


def read_at_position(file: Any, read: Any) -> Any:
    """Call `read(file)`, from which cffi makes a FILE *, with C and Python at the same position of the file.

    Afterwards the position is what it was. Raises TypeError for what is not a binary file of the system.
    """
    try:
        position, descriptor = file.tell(), file.fileno()
    except (AttributeError, OSError) as error:
        message = f"a path or an open binary file of the system is needed, not {file!r}"
        raise TypeError(message) from error
    # Python's reader is ahead of what it has given out, and trusts that the descriptor stays where it left it.
    ahead = os.lseek(descriptor, 0, os.SEEK_CUR)
    # A stream of its own: cffi keeps the FILE * of a Python file, and with it C's buffer, as long as that lives.
    stream = os.fdopen(os.dup(descriptor), "rb", buffering=0)
    try:
        stream.seek(position)
        compat.check_shapes(stream, getattr(file, "name", "a file object"))
        return read(stream)
    finally:
        stream.close()
        os.lseek(descriptor, ahead, os.SEEK_SET)


def check_file(path: Path) -> None:
    """Refuse what is no GGUF file, with a better reason than llama.cpp has. Raises ModelLoadError."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ModelLoadError(str(path), "it is a folder; name the .gguf file in it")
        if not stat.S_ISREG(status.st_mode):
            raise ModelLoadError(str(path), "it is not a regular file")
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
            file.seek(0)
            if magic == _MAGIC:
                compat.check_shapes(file)
    except FileNotFoundError:
        raise ModelLoadError(str(path), "there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if isinstance(error, ModelLoadError):
            raise
        raise ModelLoadError(str(path), getattr(error, "strerror", None) or str(error)) from error
    if status.st_size == 0:
        raise ModelLoadError(str(path), "the file is empty; the download may have failed")
    if magic != _MAGIC:
        raise ModelLoadError(str(path), f"it is not a GGUF file: it begins with {magic!r} instead of {_MAGIC!r}")


def check_complete(path: Path) -> None:
    """Refuse a GGUF file that ends before its tensors do: llama.cpp does not look whether writing worked.

    Raises OSError.
    """
    with GGUFFile(path) as file:
        end = max((tensor.offset + tensor.size for tensor in file.tensors.values()), default=0)
    size = path.stat().st_size
    if size < end:
        message = f"the file could not be written: it has {size} of {end} bytes; is the disk full?"
        raise OSError(message)


def has_floats(kind: str) -> bool:
    """Whether numbers of the ggml type of that name can be read as float32, and multiplied with."""
    return kind == "f32" or bool(_to_float(kind))


def _to_float(kind: str) -> Any:
    return lib.ggml_get_type_traits(type_ids()[kind]).to_float


@cache
def type_ids() -> dict[str, int]:
    """The numbers of ggml's types, by name."""
    return {_type_name(i): i for i in range(lib.GGML_TYPE_COUNT)}


def _tensors(header: Any, shapes: compat.TensorShapes) -> list[TensorInfo]:
    begin = lib.gguf_get_data_offset(header)
    return [
        TensorInfo(
            name=ffi.string(lib.gguf_get_tensor_name(header, i)).decode("utf-8", "replace"),
            type=_type_name(lib.gguf_get_tensor_type(header, i)),
            shape=_shape(shapes.of(header, i)),
            offset=begin + lib.gguf_get_tensor_offset(header, i),
            size=lib.gguf_get_tensor_size(header, i),
        )
        for i in range(lib.gguf_get_n_tensors(header))
    ]


def _shape(ne: Any) -> tuple[int, ...]:
    dims = [int(ne[i]) for i in range(lib.GGML_MAX_DIMS)]
    while len(dims) > 1 and dims[-1] == 1:
        dims.pop()
    return tuple(reversed(dims))


def _type_name(kind: int) -> str:
    chars = lib.ggml_type_name(kind)
    return ffi.string(chars).decode() if chars else str(kind)
