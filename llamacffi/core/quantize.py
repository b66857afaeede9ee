"""Making a model file smaller."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from llamacffi._native import Interrupt, ffi, lib, native_errors, start
from llamacffi._native.arrays import lend
from llamacffi._native.convert import integer
from llamacffi.core import overrides
from llamacffi.core.files import replaced
from llamacffi.core.gguf import GGUFFile, check_complete, check_file, has_floats, type_ids
from llamacffi.core.threads import usable_cores
from llamacffi.errors import LlamaError, ModelLoadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["file_types", "load_imatrix", "quantize"]

Imatrix: TypeAlias = "Mapping[str, NDArray[np.float32]]"

_MAX_THREADS = 512


def quantize(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    file_type: str,
    *,
    progress: Callable[[float], object] | None = None,
    tensor_types: Mapping[str, str] | None = None,
    output_type: str | None = None,
    embedding_type: str | None = None,
    imatrix: Imatrix | str | os.PathLike[str] | None = None,
    allow_requantize: bool = False,
    quantize_output: bool = True,
    pure: bool = False,
    kv_overrides: Mapping[str, bool | int | float | str] | None = None,
    n_threads: int | None = None,
) -> Path:
    """Write a model in another precision to `target`, which it replaces only when it is whole (llama_model_quantize).

    `file_type` is a name of llama.cpp's, such as "q4_k_m" (`file_types()` has them all): a mixture of tensor types,
    unless `pure`. `tensor_types` chooses by regular expression, {"ffn_down": "q6_K"}, where `file_type` is one of
    blocks; `output_type` and `embedding_type` are for output.weight and token_embd.weight. `imatrix` is what an
    importance matrix says of each tensor, float32[n_in] (or [n_expert * n_in]) by name, or the file that
    llama-imatrix wrote; types of less than three bits need it. `progress` is called with a number from 0 to 1, at most
    every 20 ms and between tensors only; what it raises stops the work, as Ctrl-C does, and comes out here.

    Raises ModelLoadError for a source that is no model file, ValueError for a type that does not exist or an imatrix
    that is needed, LlamaError with llama.cpp's reason, OSError.
    """
    start()
    source = Path(source)
    check_file(source)
    params = ffi.new("struct llama_model_quantize_params *", lib.llama_model_quantize_default_params())
    params.ftype = _named(file_types(), file_type, "file_type")
    params.nthread = usable_cores() if n_threads is None else integer("n_threads", n_threads, 1, _MAX_THREADS)
    params.allow_requantize, params.quantize_output_tensor, params.pure = allow_requantize, quantize_output, pure
    if output_type is not None:
        params.output_tensor_type = _tensor_type(output_type, "output_type")
    if embedding_type is not None:
        params.token_embedding_type = _tensor_type(embedding_type, "embedding_type")
    # What the structure points to, until the work is over.
    pins = overrides.apply(params, {"kv_overrides": kv_overrides})
    if tensor_types:
        params.tt_overrides = _tensor_types(tensor_types, pins)
    if isinstance(imatrix, (str, os.PathLike)):
        imatrix = load_imatrix(imatrix)
    if imatrix is not None:
        params.imatrix = _imatrix(imatrix, pins)
    _check_imatrix(imatrix or {}, [output_type, embedding_type, *(tensor_types or {}).values()], file_type, pure=pure)

    interrupt = Interrupt(progress)
    with replaced(target) as temporary:
        native_errors()  # what earlier calls left behind is not this one's reason
        with interrupt:
            status = lib.lcffi_quantize(os.fsencode(source), os.fsencode(temporary), params, interrupt.c)
        if status != 0:
            message = f"cannot quantize {str(source)!r}: {native_errors() or f'llama.cpp returned {status}'}"
            raise LlamaError(message)
        check_complete(temporary)
        if progress is not None:
            progress(1.0)
    del pins
    return Path(target)


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


def _tensor_types(types: Mapping[str, str], pins: dict[str, Any]) -> Any:
    patterns = []
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
        data = np.ascontiguousarray(values, np.float32).reshape(-1)
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
