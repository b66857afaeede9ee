"""`llama_cpp._ggml`: the library of ggml itself, whose functions `llamacffi.lib` has behind guards."""

from __future__ import annotations

from llamacffi._native.foreign import library
from llamacffi._native.plugin_files import shared_library

__all__ = ["libggml", "libggml_base_path"]

libggml = library("ggml")
libggml_base_path = shared_library("ggml").parent
