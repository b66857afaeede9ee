"""`import llama_cpp` that gives this package: for code and libraries that were written for llama-cpp-python.

    from llamacffi.integrations.llama_cpp import install

    install()
    from llama_cpp import Llama

The distribution llamacffi-llama-cpp does the same without a call, for child processes and `python -m llama_cpp.server`.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp.finder import Finder
from llamacffi.integrations.llama_cpp.surface import API_VERSION, fill, left_out

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["API_VERSION", "fill", "install", "installed", "left_out", "uninstall"]

_finder = Finder()


def install(*, force: bool = False) -> ModuleType:
    """Make `import llama_cpp`, and what is inside it, give this package in this process; returns that module.

    Another call changes nothing, nor does one where llamacffi-llama-cpp is installed. Raises RuntimeError when another
    `llama_cpp` was imported already, since what holds parts of it would go on with them; `force=True` puts this one in
    its place for the imports to come.
    """
    there = sys.modules.get("llama_cpp")
    if there is not None and _is_ours(there):
        return there
    if there is not None and not force:
        where = getattr(there, "__file__", None) or "an unknown place"
        message = (
            f"llama_cpp was imported already, from {where}: call install() before anything imports it, or"
            " install(force=True), after which imported parts of that one remain in use where they are"
        )
        raise RuntimeError(message)
    _forget()
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    importlib.invalidate_caches()
    return importlib.import_module("llama_cpp")


def uninstall() -> None:
    """Undo `install()`: the next `import llama_cpp` finds what is installed under that name, if anything."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
        _forget()
        importlib.invalidate_caches()


def installed() -> bool:
    """Whether `install()` is in effect."""
    return _finder in sys.meta_path


def _is_ours(module: ModuleType) -> bool:
    """Whether `fill` made what it is: by `install`, or in the distribution llamacffi-llama-cpp."""
    return getattr(vars(module).get("__getattr__"), "__module__", None) == fill.__module__


def _forget() -> None:
    for name in [name for name in sys.modules if name == "llama_cpp" or name.startswith("llama_cpp.")]:
        del sys.modules[name]
