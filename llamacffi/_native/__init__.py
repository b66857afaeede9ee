"""The one door to C: everything above this folder reaches llama.cpp through these names.

Importing it loads the compiled module and starts nothing; `start()` loads the backends.
"""

from __future__ import annotations

from llamacffi._native.binding import ffi, lib
from llamacffi._native.callbacks import Interrupt
from llamacffi._native.check import check_ptr, check_status, native_errors
from llamacffi._native.convert import to_c_options
from llamacffi._native.handle import Handle
from llamacffi._native.library import Problem, build_info, problems, start

__all__ = [
    "Handle",
    "Interrupt",
    "Problem",
    "build_info",
    "check_ptr",
    "check_status",
    "ffi",
    "lib",
    "native_errors",
    "problems",
    "start",
    "to_c_options",
]
