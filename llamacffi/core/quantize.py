"""Making a model file smaller."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

import numpy as np

from llamacffi._native import Interrupt, ffi, lib, native_errors, start
from llamacffi._native.arrays import lend
from llamacffi._native.convert import boolean, instance, integer, integers, text, unknown_option
from llamacffi.core import compat, overrides
from llamacffi.core.files import located, replaced
from llamacffi.core.gguf import GGUFFile, check_complete, check_file, has_floats, type_ids
from llamacffi.core.loading import parts_of
from llamacffi.core.threads import usable_cores
from llamacffi.errors import LlamaError, ModelLoadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from typing_extensions import Unpack

__all__ = ["QuantizeOptions", "QuantizePlan", "file_types", "load_imatrix", "plan_quantize", "quantize"]

Imatrix: TypeAlias = "Mapping[str, NDArray[np.float32]]"

_MAX_THREADS = 512

# What llama.cpp says of a tensor: its number, name, shape and type, and what it becomes.
_TENSOR = re.compile(r"\[ *\d+/ *\d+\] (\S+) +- \[([^]]*)\], type = +(\S+), size = [^\n(]*(?:\((\w+)\))?\n")


class QuantizeOptions(TypedDict, total=False):
    """What `quantize` and `plan_quantize` take, of llama_model_quantize_params."""

    tensor_types: Mapping[str, str] | None
    """tensor types by regular expression over names, {"ffn_down": "q6_K"}, where the file type is one of blocks"""
    output_type: str | None
    """the type of output.weight"""
    embedding_type: str | None
    """the type of token_embd.weight"""
    imatrix: Imatrix | str | os.PathLike[str] | None
    """what an importance matrix says of each tensor, float32[n_in] (or [n_expert * n_in]) by name, or the file that
    llama-imatrix wrote; types of less than three bits need it"""
    allow_requantize: bool
    """quantize tensors that are quantized already"""
    quantize_output: bool
    """quantize output.weight too (default: True)"""
    pure: bool
    """one type for all tensors, in place of the file type's mixture"""
    kv_overrides: Mapping[str, bool | int | float | str] | None
    """metadata to write; an int is written as uint32, a float as float32"""
    prune_layers: Collection[int]
    """numbers of layers to leave out; those behind them move up"""
    max_buf_size: int
    """bytes of a tensor's rows that are in memory at once; 0 for llama.cpp's default of 8 GiB"""
    n_threads: int | None
    """by default the cores that this process may use"""


@dataclass(frozen=True)
class QuantizePlan:
    """What `quantize` would write."""

    types: Mapping[str, str]
    """The type of each tensor."""
    size: int
    """Bytes of all tensors."""


def quantize(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    file_type: str,
    *,
    progress: Callable[[float], object] | None = None,
    keep_split: bool = False,
    **options: Unpack[QuantizeOptions],
) -> Path:
    """Write a model in another precision to `target`, which it replaces only when it is whole (llama_model_quantize).

    `file_type` is a name of llama.cpp's, such as "q4_k_m" (`file_types()` has them all): a mixture of tensor types,
    unless `pure`; or "copy", which leaves the tensors as they are. A split model becomes one file; with `keep_split` as
    many as it has: small.gguf is then small-00001-of-00003.gguf and so on. `progress` is called with a number from 0 to
    1, at most every 20 ms and between tensors only; what it raises stops the work, as Ctrl-C does, and comes out here.

    Returns the path of the file, or of the first part. Raises ModelLoadError for a source that is no model file,
    ValueError for a type that does not exist or an imatrix that is needed, LlamaError with llama.cpp's reason, OSError.
    """
    start()
    source, target = located(source), Path(target)
    interrupt = Interrupt(progress)
    params, pins = _to_params(source, file_type, options)
    n_parts = _count_parts(source, options) if boolean("keep_split", keep_split) else 1
    params.keep_split = n_parts > 1
    if n_parts > 1:
        _quantize_parts(source, target, params, interrupt, n_parts)
        target = _part(target, 0, n_parts)
    else:
        with replaced(target) as temporary:
            _run(source, temporary, params, interrupt)
            check_complete(temporary)
    if progress is not None:
        progress(1.0)
    del pins
    return target


def plan_quantize(source: str | os.PathLike[str], file_type: str, **options: Unpack[QuantizeOptions]) -> QuantizePlan:
    """What `quantize` would write with these options, found without doing it (`dry_run`).

    Does not complain of an importance matrix that is not there.
    """
    start()
    source = located(source)
    params, pins = _to_params(source, file_type, options, needs_imatrix=False)
    compat.set_option(params, "dry_run", True)
    _run(source, Path(), params, Interrupt())
    del pins
    said = ffi.string(lib.lcffi_quantize_said()).decode("utf-8", "replace")
    types, size, ids = {}, 0, type_ids()
    for name, shape, before, after in _TENSOR.findall(said):
        types[name] = after or before
        n_row, *n = (int(number) for number in shape.split(","))
        size += lib.ggml_row_size(ids[types[name]], n_row) * prod(n)
    return QuantizePlan(types, size)


def _run(source: Path, target: Path, params: Any, interrupt: Interrupt) -> None:
    native_errors()  # what earlier calls left behind is not this one's reason
    with interrupt:
        status = lib.lcffi_quantize(os.fsencode(source), os.fsencode(target), params, interrupt.c)
    if status != 0:
        message = f"cannot quantize {str(source)!r}: {native_errors() or f'llama.cpp returned {status}'}"
        raise LlamaError(message)


def _quantize_parts(source: Path, target: Path, params: Any, interrupt: Interrupt, n_parts: int) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        _run(source, Path(folder, target.stem), params, interrupt)
        parts = [_part(Path(folder, target.name), i, n_parts) for i in range(n_parts)]
        for part in parts:
            check_complete(part)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        for i, part in enumerate(parts):
            part.replace(_part(target, i, n_parts))


def _part(target: Path, i: int, n_parts: int) -> Path:
    """The name of a part, as llama_split_path makes it."""
    return target.with_name(f"{target.stem}-{i + 1:05}-of-{n_parts:05}.gguf")


def _count_parts(source: Path, options: QuantizeOptions) -> int:
    """How many parts a model has; llama.cpp would crash on one without tensors. Raises ValueError."""
    parts = parts_of(source)
    pruned = tuple(f"blk.{layer}." for layer in options.get("prune_layers", ()))
    for i, part in enumerate(parts):
        if all(name.startswith(pruned) for name in part.tensors):
            message = f"part {i + 1} of {len(parts)} would have no tensors; leave keep_split out to make one file"
            raise ValueError(message)
    return len(parts)


def _to_params(
    source: Path, file_type: str, options: QuantizeOptions, *, needs_imatrix: bool = True
) -> tuple[Any, dict[str, Any]]:
    """The C structure, and what it points to until the work is over."""
    check_file(source)
    for name in options:
        if name not in QuantizeOptions.__annotations__:
            raise unknown_option(name, QuantizeOptions.__annotations__, "quantize")
    params = ffi.new("struct llama_model_quantize_params *", lib.llama_model_quantize_default_params())
    if str(file_type).lower() == "copy":
        params.only_copy = True
    else:
        params.ftype = _named({**file_types(), "copy": 0}, file_type, "file_type")
    n_threads = options.get("n_threads")
    params.nthread = usable_cores() if n_threads is None else integer("n_threads", n_threads, 1, _MAX_THREADS)
    params.allow_requantize = boolean("allow_requantize", options.get("allow_requantize", False))
    params.quantize_output_tensor = boolean("quantize_output", options.get("quantize_output", True))
    params.pure = boolean("pure", options.get("pure", False))
    compat.set_max_buf_size(params, integer("max_buf_size", options.get("max_buf_size", 0), 0, 2**62))
    output_type, embedding_type = options.get("output_type"), options.get("embedding_type")
    if output_type is not None:
        params.output_tensor_type = _tensor_type(output_type, "output_type")
    if embedding_type is not None:
        params.token_embedding_type = _tensor_type(embedding_type, "embedding_type")
    kv_overrides = options.get("kv_overrides")
    pins = overrides.apply(params, {"kv_overrides": kv_overrides})
    _check_integers(kv_overrides or {})
    tensor_types = options.get("tensor_types")
    tensor_types = {} if tensor_types is None else _mapping("tensor_types", tensor_types)
    if tensor_types:
        compat.set_option(params, "tt_overrides", _tensor_types(tensor_types, pins))
    imatrix = options.get("imatrix")
    if isinstance(imatrix, (str, os.PathLike)):
        imatrix = load_imatrix(imatrix)
    if imatrix is not None:
        params.imatrix = _imatrix(_mapping("imatrix", imatrix), pins)
    if needs_imatrix and not params.only_copy:
        kinds = [output_type, embedding_type, *tensor_types.values()]
        _check_imatrix(imatrix or {}, kinds, file_type, pure=params.pure)
    if options.get("prune_layers"):
        params.prune_layers = pins["prune_layers"] = _layers(source, options["prune_layers"])
    return params, pins


def _mapping(name: str, value: Any) -> Mapping[Any, Any]:
    return instance(name, value, Mapping, "a mapping from texts")  # type: ignore[type-abstract]


def _layers(source: Path, prune_layers: Collection[int]) -> Any:
    """The numbers of layers as llama.cpp wants them: in order, ended by -1."""
    with GGUFFile(source) as file:
        n_layers = file.metadata.get(f"{file.metadata.get('general.architecture')}.block_count", 0)
    last = n_layers - 1 if isinstance(n_layers, int) else 0
    layers = sorted({integer("prune_layers", layer, 0, last) for layer in integers("prune_layers", prune_layers)})
    if len(layers) > last:
        message = f"prune_layers names all {len(layers)} layers of the model; leave one"
        raise ValueError(message)
    compat.check_pruned(layers, last)
    return ffi.new("int32_t[]", [*layers, -1])


def _check_integers(kv_overrides: Mapping[str, object]) -> None:
    for key, value in kv_overrides.items():
        if isinstance(value, int) and not 0 <= value < 2**32:
            message = f"kv_overrides[{key!r}] is written as an uint32: it must be from 0 to 4294967295, not {value}"
            raise ValueError(message)


@cache
def file_types() -> dict[str, int]:
    """The names that `quantize` takes as file types, with the values of llama_ftype."""
    names: dict[str, int] = ffi.typeof("enum llama_ftype").relements
    short = {re.sub("^LLAMA_FTYPE_(MOSTLY_|ALL_)?", "", name).lower(): value for name, value in names.items()}
    return {name: value for name, value in sorted(short.items(), key=lambda item: item[1]) if name != "guessed"}


def load_imatrix(path: str | os.PathLike[str]) -> dict[str, NDArray[np.float32]]:
    """What an importance matrix file of llama-imatrix (GGUF) says of each tensor: the mean squares of its inputs.

    float32[n_in], or [n_expert * n_in]; ones for an expert that was never chosen. Raises ModelLoadError.
    """
    with GGUFFile(path) as file:
        means = {}
        for name in file.tensors:
            if not name.endswith(".in_sum2"):
                continue
            base = name.removesuffix(".in_sum2")
            if f"{base}.counts" not in file.tensors:
                raise ModelLoadError(str(path), f"it has sums for {base!r}, but no counts")
            sums = np.atleast_2d(file.read(name))
            counts = file.read(f"{base}.counts").reshape(-1, 1)
            if len(counts) != len(sums):
                raise ModelLoadError(str(path), f"{base!r} has {len(sums)} sums and {len(counts)} counts")
            mean = np.where(counts > 0, sums / np.maximum(counts, 1), 1)
            means[base] = np.ascontiguousarray(mean, np.float32).reshape(-1)
    if not means:
        raise ModelLoadError(str(path), "it is no importance matrix: no tensor's name ends in .in_sum2")
    return means


def _tensor_types(types: Mapping[Any, Any], pins: dict[str, Any]) -> Any:
    patterns = []
    for pattern, kind in types.items():
        text("a pattern of tensor_types", pattern)
        text(f"tensor_types[{pattern!r}]", kind)
    # A pattern that is NULL ends the table, and cffi fills with zeros.
    table: Any = ffi.new("struct llama_model_tensor_override[]", len(types) + 1)
    for entry, (pattern, kind) in zip(table, types.items(), strict=False):
        patterns.append(ffi.new("char[]", pattern.encode()))
        entry.pattern, entry.type = patterns[-1], _tensor_type(kind, f"tensor_types[{pattern!r}]")
    pins["tensor_types"] = (table, patterns)
    return table


def _imatrix(imatrix: Imatrix, pins: dict[str, Any]) -> Any:
    kept = []
    table: Any = ffi.new("struct llama_model_imatrix_data[]", len(imatrix) + 1)
    for entry, (name, values) in zip(table, imatrix.items(), strict=False):
        try:
            text("a name in imatrix", name)
            data = np.ascontiguousarray(values, np.float32).reshape(-1)
        except (TypeError, ValueError, OverflowError) as error:
            message = f"imatrix[{name!r}] must be numbers: {error}"
            raise TypeError(message) from error
        chars, floats = ffi.new("char[]", name.encode()), lend("float[]", data)
        kept.append((chars, floats))
        entry.name, entry.data, entry.size = chars, floats, data.size
    pins["imatrix"] = (table, kept)
    return table


def _check_imatrix(imatrix: Imatrix, kinds: list[str | None], file_type: str, *, pure: bool) -> None:
    """Refuse what ggml would assert on in a thread of its own: types that need an importance matrix without one.

    llama.cpp looks for itself at every tensor but the two whose types it does not expect to be so small.
    """
    ids = type_ids()
    needy = {name.lower() for name, value in ids.items() if lib.ggml_quantize_requires_imatrix(value)}
    small = [kind for kind in kinds if kind and kind.lower() in needy]
    if pure and file_type.lower().startswith(("iq1", "iq2")):  # then it is the type of these two as well
        small.append(file_type)
    missing = [name for name in ("token_embd.weight", "output.weight") if name not in imatrix]
    if small and missing:
        message = f"{small[0]} needs an imatrix with what it says of {' and '.join(missing)}; choose a larger type"
        raise ValueError(message)


def _tensor_type(kind: str, option: str) -> int:
    # The others are what ggml computes with, or numbers of other kinds: it does not write them.
    return _named({name: value for name, value in type_ids().items() if has_floats(name)}, kind, option)


def _named(values: Mapping[str, int], name: str, option: str) -> int:
    found = {key.lower(): value for key, value in values.items()}.get(str(name).lower())
    if found is None:
        message = f"{option} must be one of {', '.join(values)}, not {name!r}"
        raise ValueError(message)
    return found
