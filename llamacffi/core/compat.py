"""What differs between the versions of llama.cpp that this package can be compiled with, in one place.

The compiled module is asked what it has, never which version it is. Each entry names the release of llama-cpp-python
whose llama.cpp is the first of the tested ones to have it: when that is the oldest one wanted, the entry can go.
csrc/compat.h is the same for our C.
"""

from __future__ import annotations

import mmap
import struct
from typing import IO, TYPE_CHECKING, Any, TypeVar

from llamacffi._native import build_info, ffi, lib
from llamacffi.errors import BuildError, ModelLoadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llamacffi.core.gguf import GGUFFile

__all__ = [
    "DEVICE_TYPE_IGPU",
    "STATE_SEQ_ON_DEVICE",
    "STATE_SEQ_PARTIAL",
    "TensorShapes",
    "callback",
    "causal_attn",
    "check_pruned",
    "check_shapes",
    "context_options",
    "fitted_n_ctx",
    "function",
    "invocation_tokens",
    "is_hybrid",
    "llama_version",
    "n_ctx_seq",
    "n_embd_inp",
    "n_embd_out",
    "option",
    "reads_other_pieces",
    "sampler_dry",
    "sampler_penalties",
    "set_max_buf_size",
    "set_option",
    "suppressed_tokens",
]

_Function = TypeVar("_Function", bound="Callable[..., Any]")

# The stub describes the pinned llama.cpp alone; what is asked for here may be missing or have other parameters.
_lib: Any = lib


def _missing(name: str) -> BuildError:
    version = build_info().get("llama_version", "of an unknown version")
    return BuildError(f"the llama.cpp that llamacffi was built from ({version}) has no {name}: build the pinned one")


def _has_field(record: str, name: str) -> bool:
    return name in dict(ffi.typeof(f"struct {record}").fields)


def _n_parameters(name: str) -> int:
    return len(ffi.typeof(getattr(_lib, name)).args)


def function(name: str) -> Any:
    """A function of llama.cpp that what calls it cannot do without. Raises BuildError where there is none."""
    found = getattr(_lib, name, None)
    if found is None:
        raise _missing(name)
    return found


def callback(name: str, onerror: Callable[..., Any]) -> Callable[[_Function], _Function]:
    """ffi.def_extern; what this llama.cpp has no type of callback for, it does not call either."""
    if not hasattr(_lib, name):
        return lambda given: given
    made: Callable[[_Function], _Function] = ffi.def_extern(name=name, onerror=onerror)
    return made


def option(params: Any, name: str) -> Any:
    """A field of a C struct of options; 0, which stands for llama.cpp's own choice, where it has no such field."""
    return getattr(params, name) if name in dict(ffi.typeof(params[0]).fields) else 0


def set_option(params: Any, name: str, value: object) -> None:
    """Set a field of a C struct of options. Raises BuildError where it has no such field."""
    if name not in dict(ffi.typeof(params[0]).fields):
        raise _missing(f"{ffi.typeof(params[0]).cname.removeprefix('struct ')}.{name}")
    setattr(params, name, value)


def context_options(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """llama_context_params.flash_attn_type, 0.3.20; before, flash_attn was on or off."""
    wanted = options.get("flash_attn_type")
    if _has_field("llama_context_params", "flash_attn_type") or wanted not in ("auto", "disabled", "enabled"):
        return options
    others = {name: value for name, value in options.items() if name != "flash_attn_type"}
    return {**others, "flash_attn": wanted == "enabled"}


DEVICE_TYPE_IGPU: int = getattr(_lib, "GGML_BACKEND_DEVICE_TYPE_IGPU", -1)
"""GGML_BACKEND_DEVICE_TYPE_IGPU, 0.3.20; before, those were GPUs like the others."""

_HYBRID = {"falcon-h1", "granitehybrid", "jamba", "lfm2", "plamo2"}  # what there was before 0.3.20


def is_hybrid(model: Any, architecture: str | None) -> bool:
    """llama_model_is_hybrid, 0.3.20; before, one had to know them."""
    if hasattr(_lib, "llama_model_is_hybrid"):
        return bool(_lib.llama_model_is_hybrid(model))
    return architecture in _HYBRID


def n_embd_inp(model: Any) -> int:
    """llama_model_n_embd_inp, 0.3.20; before, all that went in and came out had the same width."""
    return int(getattr(_lib, "llama_model_n_embd_inp", lib.llama_model_n_embd)(model))


def n_embd_out(model: Any) -> int:
    """llama_model_n_embd_out, 0.3.20; before, as n_embd_inp."""
    return int(getattr(_lib, "llama_model_n_embd_out", lib.llama_model_n_embd)(model))


def n_ctx_seq(ctx: Any, *, kv_unified: bool) -> int:
    """llama_n_ctx_seq, 0.3.20; before, the sequences divided what is not kv_unified."""
    if hasattr(_lib, "llama_n_ctx_seq"):
        return int(_lib.llama_n_ctx_seq(ctx))
    return lib.llama_n_ctx(ctx) // (1 if kv_unified else lib.llama_n_seq_max(ctx))


def invocation_tokens(adapter: Any) -> tuple[int, ...]:
    """llama_adapter_get_alora_invocation_tokens, 0.3.20; before, llama.cpp knew no activated LoRA."""
    if not hasattr(_lib, "llama_adapter_get_alora_n_invocation_tokens"):
        return ()
    n = _lib.llama_adapter_get_alora_n_invocation_tokens(adapter)
    return tuple(ffi.unpack(_lib.llama_adapter_get_alora_invocation_tokens(adapter), n)) if n else ()


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


def check_pruned(layers: Sequence[int], last: int) -> None:
    """max_buf_size, 0.3.36; before, a layer got the weights of the one whose number it had taken. Raises BuildError."""
    moved = layers[0] + len(layers) <= last  # unless they are the last ones, others take their numbers
    if moved and not _has_field("llama_model_quantize_params", "max_buf_size"):
        raise _missing("prune_layers for others than the last layers")


def fitted_n_ctx(n_ctx: int, file: Callable[[], GGUFFile]) -> int:
    """common_fit_params, 0.3.36; before, it left 0, which is the length of the training, where nothing had to fit."""
    if n_ctx:
        return n_ctx
    with file() as header:
        found = header.metadata.get(f"{header.metadata.get('general.architecture')}.context_length", 0)
    return found if isinstance(found, int) else 0


STATE_SEQ_PARTIAL: int = getattr(_lib, "LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY", 1)
"""LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY, 0.3.20; before, the same bit was LLAMA_STATE_SEQ_FLAGS_SWA_ONLY."""

STATE_SEQ_ON_DEVICE: int = getattr(_lib, "LLAMA_STATE_SEQ_FLAGS_ON_DEVICE", 0)
"""LLAMA_STATE_SEQ_FLAGS_ON_DEVICE, 0.3.24; before, all was copied to the host, which 0 asks for."""


def reads_other_pieces() -> bool:
    """llama_get_causal_attn, 0.3.36; before, what was read from the device had to be cut as when it was written.

    The cells of a cache are cut at the gaps between them, and the process ends where these have moved.
    """
    return hasattr(_lib, "llama_get_causal_attn")


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
    if n_bytes != option(params, "max_buf_size"):
        set_option(params, "max_buf_size", n_bytes)


def sampler_penalties(n_vocab: int, last_n: int, repeat: float, freq: float, present: float) -> Any:
    """llama_sampler_init_penalties, which takes n_vocab since 0.3.36."""
    vocab = (n_vocab,) if _n_parameters("llama_sampler_init_penalties") == 5 else ()
    return _lib.llama_sampler_init_penalties(*vocab, last_n, repeat, freq, present)


def sampler_dry(vocab: Any, n_ctx_train: int, *options: Any) -> Any:
    """llama_sampler_init_dry, which took n_ctx_train before 0.3.36, to bound a `last_n` that is negative."""
    trained = (n_ctx_train,) if _n_parameters("llama_sampler_init_dry") == 8 else ()
    return _lib.llama_sampler_init_dry(vocab, *trained, *options)


_STRING, _ARRAY = 8, 9  # gguf_type
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of the other types
_MAX_DIMS: int = lib.GGML_MAX_DIMS


def check_shapes(file: IO[bytes], name: object = None) -> None:
    """gguf_init_from_file, 0.3.36; before, it divided by a tensor's dimension of 0, which ends the process.

    `file` is where the GGUF begins, and stays there. Raises ModelLoadError.
    """
    if hasattr(_lib, "gguf_get_tensor_ne"):
        return
    try:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            tensor = _empty_tensor(data, file.tell())
    except (KeyError, ValueError, OverflowError, struct.error):
        return  # it is damaged before that, and llama.cpp says where
    if tensor is not None:
        raise ModelLoadError(str(name or file.name), f"tensor {tensor!r} has a dimension of 0")


def _empty_tensor(data: mmap.mmap, at: int) -> str | None:
    """The name of the first tensor with a dimension of 0, in a GGUF that begins at `at`."""
    n_tensors, n_pairs = struct.unpack_from("<qq", data, at + 8)
    at += 24
    for _ in range(n_pairs):
        at = _after_text(data, at)
        (kind,) = struct.unpack_from("<i", data, at)
        at, n = at + 4, 1
        if kind == _ARRAY:
            kind, n = struct.unpack_from("<iQ", data, at)
            at += 12
        if kind == _STRING:
            for _ in range(n):
                at = _after_text(data, at)
        else:
            at += n * _SIZES[kind]
    for _ in range(n_tensors):
        begin, at = at + 8, _after_text(data, at)
        end, (n_dims,) = at, struct.unpack_from("<I", data, at)
        if n_dims > _MAX_DIMS:
            return None
        if 0 in struct.unpack_from(f"<{n_dims}q", data, at + 4):
            return data[begin:end].decode("utf-8", "replace")
        at += 4 + 8 * n_dims + 4 + 8  # its type and its place
    return None


def _after_text(data: mmap.mmap, at: int) -> int:
    (length,) = struct.unpack_from("<Q", data, at)
    return at + 8 + int(length)


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
