"""What differs between the versions of llama.cpp that this package can be compiled with, in one place.

The compiled module is asked what it has, never which version it is. Each entry names the release of llama-cpp-python
whose llama.cpp is the first of the tested ones to have it: when that is the oldest one wanted, the entry can go.
csrc/compat.h is the same for our C.
"""

from __future__ import annotations

from typing import Any

from llamacffi._native import build_info, ffi, lib
from llamacffi.errors import BuildError

__all__ = [
    "TensorShapes",
    "causal_attn",
    "llama_version",
    "sampler_dry",
    "sampler_penalties",
    "set_max_buf_size",
    "suppressed_tokens",
]

# The stub describes the pinned llama.cpp alone; what is asked for here may be missing or have other parameters.
_lib: Any = lib


def _missing(name: str) -> BuildError:
    version = build_info().get("llama_version", "of an unknown version")
    return BuildError(f"the llama.cpp that llamacffi was built from ({version}) has no {name}: build the pinned one")


def _n_parameters(name: str) -> int:
    return len(ffi.typeof(getattr(_lib, name)).args)


def causal_attn(ctx: Any, set_to: bool | None) -> bool:  # noqa: FBT001 - by attention_type or llama_set_causal_attn
    """llama_get_causal_attn, 0.3.36; before, a context did not tell what it was set to or had from the model file."""
    if hasattr(_lib, "llama_get_causal_attn"):
        return bool(_lib.llama_get_causal_attn(ctx))
    return _causal_in_file(lib.llama_get_model(ctx)) if set_to is None else set_to


def _causal_in_file(model: Any) -> bool:
    """The key `<architecture>.attention.causal`, which is true where it is not there."""
    value = ffi.new("char[64]")
    if lib.llama_model_meta_val_str(model, b"general.architecture", value, len(value)) < 0:
        return True
    key = ffi.string(value) + b".attention.causal"
    return lib.llama_model_meta_val_str(model, key, value, len(value)) < 0 or ffi.string(value) != b"false"


def suppressed_tokens(vocab: Any) -> tuple[int, ...]:
    """llama_vocab_get_suppress_tokens, 0.3.36; before, llama.cpp did not read them from the model file."""
    if not hasattr(_lib, "llama_vocab_get_suppress_tokens"):
        return ()
    n_tokens = ffi.new("int32_t *")
    tokens = _lib.llama_vocab_get_suppress_tokens(vocab, n_tokens)
    return tuple(ffi.unpack(tokens, n_tokens[0])) if n_tokens[0] else ()


def llama_version() -> Any:
    """llama_version as a C text, 0.3.36; before, libllama did not tell, and NULL stands for that."""
    return _lib.llama_version() if hasattr(_lib, "llama_version") else ffi.NULL


def set_max_buf_size(params: Any, n_bytes: int) -> None:
    """llama_model_quantize_params.max_buf_size, 0.3.36; before, the buffers of quantize had no bound, which 0 means."""
    if "max_buf_size" in dict(ffi.typeof(params[0]).fields):
        params.max_buf_size = n_bytes
    elif n_bytes:
        raise _missing("llama_model_quantize_params.max_buf_size")


def sampler_penalties(n_vocab: int, last_n: int, repeat: float, freq: float, present: float) -> Any:
    """llama_sampler_init_penalties, which takes n_vocab since 0.3.36."""
    vocab = (n_vocab,) if _n_parameters("llama_sampler_init_penalties") == 5 else ()
    return _lib.llama_sampler_init_penalties(*vocab, last_n, repeat, freq, present)


def sampler_dry(vocab: Any, n_ctx_train: int, *options: Any) -> Any:
    """llama_sampler_init_dry, which took n_ctx_train before 0.3.36, to bound a `last_n` that is negative."""
    trained = (n_ctx_train,) if _n_parameters("llama_sampler_init_dry") == 8 else ()
    return _lib.llama_sampler_init_dry(vocab, *trained, *options)


class TensorShapes:
    """gguf_get_tensor_ne, 0.3.36; before, only a ggml context knew, which is then filled beside the header."""

    def __init__(self, params: Any) -> None:
        self._context: Any = None
        if not hasattr(_lib, "gguf_get_tensor_ne"):
            self._context = params.ctx = ffi.new("struct ggml_context **")

    def of(self, header: Any, i: int) -> Any:
        """The numbers of elements of the tensor with that index: int64_t[GGML_MAX_DIMS]."""
        if self._context is None:
            return _lib.gguf_get_tensor_ne(header, i)
        return lib.ggml_get_tensor(self._context[0], lib.gguf_get_tensor_name(header, i)).ne

    def free(self, header: Any) -> None:
        """Free the header, and what was filled beside it."""
        lib.gguf_free(header)
        if self._context is not None:
            lib.ggml_free(self._context[0])
