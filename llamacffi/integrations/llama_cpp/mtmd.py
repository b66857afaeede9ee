"""`llama_cpp.mtmd_cpp`: mtmd.h for ctypes, with the names that llama-cpp-python has beside the header's."""

from __future__ import annotations

import warnings
from ctypes import c_void_p
from typing import Any, NewType

from llamacffi._native import ctypes_mtmd
from llamacffi._native.ctypes_mtmd import *  # noqa: F403 - the whole header is this module's
from llamacffi._native.ctypes_mtmd import mtmd_get_audio_sample_rate, mtmd_helper_init_opt_default
from llamacffi._native.foreign import library
from llamacffi.integrations.llama_cpp.low_level import ctypes_function

mtmd_context_p = NewType("mtmd_context_p", int)
mtmd_bitmap_p = NewType("mtmd_bitmap_p", int)
mtmd_helper_video_p = NewType("mtmd_helper_video_p", int)
mtmd_helper_gen_audio_p = NewType("mtmd_helper_gen_audio_p", int)
mtmd_image_tokens_p = NewType("mtmd_image_tokens_p", int)
mtmd_input_chunk_p = NewType("mtmd_input_chunk_p", int)
mtmd_input_chunks_p = NewType("mtmd_input_chunks_p", int)
mtmd_batch_p = NewType("mtmd_batch_p", int)
mtmd_context_p_ctypes = c_void_p
mtmd_bitmap_p_ctypes = c_void_p
mtmd_helper_video_p_ctypes = c_void_p
mtmd_helper_gen_audio_p_ctypes = c_void_p
mtmd_image_tokens_p_ctypes = c_void_p
mtmd_input_chunk_p_ctypes = c_void_p
mtmd_input_chunks_p_ctypes = c_void_p
mtmd_batch_p_ctypes = c_void_p

mtmd_helper_bitmap_init_from_file_wrapper = ctypes_mtmd.mtmd_helper_bitmap_init_from_file
mtmd_helper_bitmap_init_from_buf_wrapper = ctypes_mtmd.mtmd_helper_bitmap_init_from_buf


def mtmd_helper_bitmap_init_from_file(  # type: ignore[no-redef]
    ctx: Any, fname: bytes, placeholder: Any, opt: Any = None, /
) -> int | None:
    """The bitmap of a file; the `_wrapper` gives the video too."""
    opt = mtmd_helper_init_opt_default() if opt is None else opt
    bitmap: int | None = mtmd_helper_bitmap_init_from_file_wrapper(ctx, fname, placeholder, opt).bitmap
    return bitmap


def mtmd_helper_bitmap_init_from_buf(  # type: ignore[no-redef]
    ctx: Any,
    buf: Any,
    length: int,
    placeholder: Any,
    opt: Any = None,
    /,
) -> int | None:
    """The bitmap of a file's bytes; the `_wrapper` gives the video too."""
    opt = mtmd_helper_init_opt_default() if opt is None else opt
    bitmap: int | None = mtmd_helper_bitmap_init_from_buf_wrapper(ctx, buf, length, placeholder, opt).bitmap
    return bitmap


def mtmd_get_audio_bitrate(ctx: Any, /) -> int:
    """The sample rate, by its former name."""
    message = "mtmd_get_audio_bitrate is deprecated; use mtmd_get_audio_sample_rate instead"
    warnings.warn(message, DeprecationWarning, stacklevel=2)
    return int(mtmd_get_audio_sample_rate(ctx))


def __getattr__(name: str) -> Any:
    if name == "_libmtmd":  # the bare library, for who declares functions on it
        return library("mtmd")
    message = f"module 'llama_cpp.mtmd_cpp' has no attribute {name!r}"
    raise AttributeError(message)


__all__ = [name for name in dir() if name.startswith(("mtmd_", "MTMD_"))]
__all__ += ["ctypes_function"]
