"""Where a model comes from: a file, the parts of a split one, an open file, or memory."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeAlias

from llamacffi._native import ffi, lib, native_errors
from llamacffi._native.options import ModelOptions
from llamacffi.core import compat
from llamacffi.core.files import located
from llamacffi.core.fingerprint import of_files, of_stream
from llamacffi.core.gguf import GGUFFile, check_file, read_at_position
from llamacffi.core.in_memory import InMemory, InMemorySource
from llamacffi.errors import ModelLoadError

if TYPE_CHECKING:
    from llamacffi.core.backend import Device
    from llamacffi.core.gguf import TensorInfo
    from llamacffi.core.metadata import Metadata

__all__ = ["ModelArguments", "ModelFile", "Source", "parts_of", "refusal", "source_of"]


class ModelArguments(ModelOptions, total=False):
    """What `Model` takes beside the file: llama.cpp's options, and what Python has objects for."""

    progress: Callable[[float], object] | None
    """called with a number from 0 to 1 while it loads"""
    devices: Sequence[Device | str] | None
    """those to offload layers to; all that there are when None"""
    rpc_servers: Sequence[str]
    """servers on other machines, "host:port" each"""
    n_cpu_moe: int
    """how many first layers keep their experts on the CPU"""
    mmproj: str | os.PathLike[str] | bool
    """the projector of pictures and sound; True for the one beside the model"""


ModelFile: TypeAlias = "str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | IO[bytes] | InMemory"

_NO_BUFFER = re.compile(r"failed to find a compatible buffer type for tensor (\S+)")
_PART = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf", re.DOTALL)


class Source(Protocol):
    """Something that a model can be loaded from."""

    path: Path
    """Its name in messages; a file that exists, unless the source is an open file."""

    def load(self, params: Any) -> Any:
        """Call llama.cpp's function; the result may be NULL."""

    def metadata(self) -> Metadata:
        """The keys and values."""

    def tensors(self) -> Mapping[str, TensorInfo]:
        """The tensors by name, of all parts."""

    def with_header(self, function: Callable[[Any], Any]) -> Any:
        """Call `function(gguf_context *)`, of the first part."""

    def fingerprint(self) -> str:
        """A hash by which the weights are recognised, taken when they are loaded; "" when that is not possible."""


def source_of(file: ModelFile) -> Source:
    """Recognise what `Model` was given. Raises ModelLoadError for a file that is none, TypeError."""
    if isinstance(file, InMemory):
        return InMemorySource(file)
    if isinstance(file, (str, os.PathLike)):
        return _File(located(file))
    if isinstance(file, Sequence):
        return _Parts(file)
    return _Stream(file)


def refusal(source: Source) -> str:
    """Why llama.cpp did not load it, with the type of a tensor that no backend computes with."""
    reason = native_errors() or "llama.cpp gave no reason"
    name = _NO_BUFFER.search(reason)
    tensor = source.tensors().get(name[1]) if name else None
    if tensor is None:
        return reason
    return f"{reason}; it is {tensor.type}, which nothing computes with in its place: convert the model with it as f32"


def parts_of(path: Path) -> list[GGUFFile]:
    """The headers of a model file; of a split one, given by its first part, those of all parts."""
    return list(_File(path).headers())


class _Files(ABC):
    """A model in one file or more."""

    @abstractmethod
    def headers(self) -> Iterator[GGUFFile]:
        """The headers of its parts, in their order."""

    def metadata(self) -> Metadata:
        return next(self.headers()).metadata

    def tensors(self) -> Mapping[str, TensorInfo]:
        found: dict[str, TensorInfo] = {}
        for header in self.headers():
            found.update(header.tensors)
        return found

    def with_header(self, function: Callable[[Any], Any]) -> Any:
        header = next(self.headers())
        return header.share(function, header.ptr)

    @abstractmethod
    def fingerprint(self) -> str:
        """A hash of its files' pieces."""


class _File(_Files):
    def __init__(self, path: Path) -> None:
        check_file(path)
        self.path = path

    def load(self, params: Any) -> Any:
        return lib.llama_model_load_from_file(os.fsencode(self.path), params)

    def fingerprint(self) -> str:
        match = _PART.fullmatch(str(self.path))
        n = int(match[3]) if match else 1
        others = (Path(f"{match[1]}-{i:05}-of-{match[3]}.gguf") for i in range(2, n + 1)) if match else ()
        return of_files([self.path, *(path for path in others if path.exists())])

    def headers(self) -> Iterator[GGUFFile]:
        first = GGUFFile(self.path)
        yield first
        match = _PART.fullmatch(str(self.path))
        if match and _n_parts(first.metadata) > 1:
            for i in range(2, int(match[3]) + 1):
                yield GGUFFile(f"{match[1]}-{i:05}-of-{match[3]}.gguf")


class _Parts(_Files):
    def __init__(self, paths: Sequence[str | os.PathLike[str]]) -> None:
        if not paths or not all(isinstance(path, (str, os.PathLike)) for path in paths):  # bytes are a Sequence too
            message = f"a path, the paths of a split model's parts or an open binary file is needed, not {paths!r}"
            raise TypeError(message)
        self.paths = tuple(map(Path, paths))
        self.path = self.paths[0]
        for path in self.paths:
            check_file(path)
        with GGUFFile(self.path) as first:
            n = _n_parts(first.metadata)
        if n != len(self.paths):  # of a model in one file llama.cpp would silently ignore the others
            raise ModelLoadError(str(self.path), f"it is the first of {n} parts, {len(self.paths)} were given")

    def load(self, params: Any) -> Any:
        names = [ffi.new("char[]", os.fsencode(path)) for path in self.paths]
        return lib.llama_model_load_from_splits(ffi.new("char *[]", names), len(names), params)

    def fingerprint(self) -> str:
        return of_files(self.paths)

    def headers(self) -> Iterator[GGUFFile]:
        return map(GGUFFile, self.paths)


class _Stream(_Files):
    def __init__(self, file: IO[bytes]) -> None:
        # Read now: later the file may be closed or elsewhere.
        self.header = GGUFFile(file)
        self._fingerprint = of_stream(file)
        self.file = file
        self.path = Path(self.header.name)

    def load(self, params: Any) -> Any:
        file, self.file = self.file, None  # type: ignore[assignment]  # loaded once; no reason to keep it open
        return read_at_position(file, lambda stream: compat.function("llama_model_load_from_file_ptr")(stream, params))

    def fingerprint(self) -> str:
        return self._fingerprint

    def headers(self) -> Iterator[GGUFFile]:
        yield self.header


def _n_parts(metadata: Metadata | Mapping[str, object]) -> int:
    n = metadata.get("split.count", 1)
    return n if isinstance(n, int) else 1
