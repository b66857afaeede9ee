"""`llama_cpp.llama_cpp`: llama.h for ctypes, with the names that llama-cpp-python has beside the header's.

The functions are those of `llamacffi.lib` behind their guards: what an assertion of llama.cpp ends there is a
NativeError here too. Importing this module loads the backends.
"""

from __future__ import annotations

import ctypes
import warnings
from ctypes import POINTER, byref
from typing import TYPE_CHECKING, Any, NewType

from llamacffi._native import ctypes_llama
from llamacffi._native.ctypes_llama import *  # noqa: F403 - the whole header is this module's
from llamacffi._native.ctypes_llama import (
    ggml_log_callback,
    llama_logit_bias,
    llama_max_devices,
    llama_sampler,
    llama_token,
    llama_token_data,
    llama_token_data_array,
)
from llamacffi._native.foreign import function, library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LLAMA_MAX_DEVICES: int = llama_max_devices()

llama_vocab_p = NewType("llama_vocab_p", int)
llama_model_p = NewType("llama_model_p", int)
llama_context_p = NewType("llama_context_p", int)
llama_memory_t = NewType("llama_memory_t", int)
llama_kv_cache_p = NewType("llama_kv_cache_p", int)
gguf_context_p = NewType("gguf_context_p", int)
llama_batch_ext_p = NewType("llama_batch_ext_p", int)
llama_vocab_p_ctypes = ctypes.c_void_p
llama_model_p_ctypes = ctypes.c_void_p
llama_context_p_ctypes = ctypes.c_void_p
llama_memory_t_ctypes = ctypes.c_void_p
llama_kv_cache_p_ctypes = ctypes.c_void_p
gguf_context_p_ctypes = ctypes.c_void_p
llama_batch_ext_p_ctypes = ctypes.c_void_p
llama_adapter_lora_p = ctypes.c_void_p
llama_adapter_lora_p_ctypes = POINTER(ctypes.c_void_p)
llama_sampler_context_t = ctypes.c_void_p
llama_sampler_p = POINTER(llama_sampler)
llama_sampler_p_ctypes = POINTER(llama_sampler)
llama_token_p = POINTER(llama_token)
llama_token_data_p = POINTER(llama_token_data)
llama_token_data_array_p = POINTER(llama_token_data_array)
llama_logit_bias_p = POINTER(llama_logit_bias)
llama_log_callback = ggml_log_callback

# An enum that llama.h had once: what existing code compares with keeps its number.
_PRE_TYPES = """
    DEFAULT LLAMA3 DEEPSEEK_LLM DEEPSEEK_CODER FALCON MPT STARCODER GPT2 REFACT COMMAND_R STABLELM2 QWEN2 OLMO
    DBRX SMAUG PORO CHATGLM3 CHATGLM4 VIKING JAIS TEKKEN SMOLLM CODESHELL BLOOM GPT3_FINNISH EXAONE CHAMELEON
    MINERVA DEEPSEEK3_LLM GPT4O SUPERBPE TRILLION BAILINGMOE LLAMA4 PIXTRAL SEED_CODER
"""
globals().update({f"LLAMA_VOCAB_PRE_TYPE_{name}": number for number, name in enumerate(_PRE_TYPES.split())})


def ctypes_function(
    name: str,
    argtypes: Sequence[Any],
    restype: Any,
    enabled: bool = True,  # noqa: FBT001, FBT002 - as it is called
) -> Callable[[Any], Any]:
    """Declare another function of the library: a decorator that gives the C function instead of what it decorates."""

    def decorate(declared: Any) -> Any:
        return function(name, restype, argtypes, declared.__doc__ or name) if enabled else declared

    return decorate


def llama_set_adapter_lora(ctx: Any, adapter: Any, scale: float, /) -> int:
    """Use one LoRA adapter; llama_set_adapters_lora takes several."""
    _warn("llama_set_adapter_lora", "llama_set_adapters_lora")
    return int(
        ctypes_llama.llama_set_adapters_lora(
            ctx, (llama_adapter_lora_p_ctypes * 1)(adapter), 1, (ctypes.c_float * 1)(scale)
        )
    )


def llama_apply_adapter_cvec(ctx: Any, data: Any, len: int, n_embd: int, il_start: int, il_end: int, /) -> int:  # noqa: A002
    """Use a control vector: llama_set_adapter_cvec by its former name."""
    _warn("llama_apply_adapter_cvec", "llama_set_adapter_cvec")
    return int(ctypes_llama.llama_set_adapter_cvec(ctx, data, len, n_embd, il_start, il_end))


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} is deprecated; use {new} instead", DeprecationWarning, stacklevel=3)


def __getattr__(name: str) -> Any:
    if name == "_lib":  # the bare library, for who declares functions on it
        return library("llama")
    message = f"module 'llama_cpp.llama_cpp' has no attribute {name!r}"
    raise AttributeError(message)


__all__ = [name for name in dir() if name.startswith(("llama_", "LLAMA_", "ggml_", "GGML_", "gguf_"))]
__all__ += ["byref", "ctypes", "ctypes_function"]
