"""The compiled module, or one clear sentence about why there is none."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import TYPE_CHECKING

from llamacffi.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ffi", "lib"]


@contextlib.contextmanager
def _kept_apart() -> Iterator[None]:
    """Bind our extension to our libraries also when another llama.cpp in the process has made its symbols global.

    The dynamic linker asks global symbols first; RTLD_DEEPBIND turns the order round. It is left out where it is not
    needed: it would pass over a preloaded allocator as well.
    """
    if not hasattr(os, "RTLD_DEEPBIND") or not hasattr(ctypes.CDLL(None), "ggml_backend_load"):
        yield
        return
    usual = sys.getdlopenflags()
    sys.setdlopenflags(usual | os.RTLD_DEEPBIND)
    try:
        yield
    finally:
        sys.setdlopenflags(usual)


if sys.platform == "win32":
    # Windows looks for an extension's libraries beside it, and where it is told.
    with contextlib.suppress(FileNotFoundError):
        os.add_dll_directory(os.path.join(os.path.dirname(__file__), "lib"))  # noqa: PTH118, PTH120 - pathlib costs time

try:
    with _kept_apart():
        from llamacffi._native._llama import ffi, lib
except ImportError as error:
    message = (
        f"llamacffi's compiled module cannot be loaded ({error}). In a source tree, build it with `pip install -e .`; "
        "for an installed package, run `pip install --force-reinstall --no-deps llamacffi`."
    )
    raise BuildError(message) from error
