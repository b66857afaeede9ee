"""What finds the modules of `llama_cpp` in this package, and its distribution, for the import system."""

from __future__ import annotations

import re
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

from llamacffi.integrations.llama_cpp.surface import API_VERSION, LEFT_OUT, MODULES, fill, left_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.metadata import Distribution
    from types import ModuleType

__all__ = ["METADATA", "Finder"]

METADATA = f"""\
Metadata-Version: 2.1
Name: llama-cpp-python
Version: {API_VERSION}
Summary: llamacffi under the names of llama-cpp-python {API_VERSION}
"""
"""What stands for the metadata of llama-cpp-python, which is not installed."""


class Finder:
    """On sys.meta_path it finds `llama_cpp` and its modules, loads them, and finds the distribution llama-cpp-python.

    It has the methods of importlib's MetaPathFinder, Loader and DistributionFinder. Those classes themselves are slow
    to import, and who asks for a distribution has them already.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module of `llama_cpp`; ModuleNotFoundError, with the reason, for one that is not here."""
        if fullname.partition(".")[0] != "llama_cpp":
            return None
        if fullname in MODULES:
            loader: Any = self
            is_package = any(name.startswith(f"{fullname}.") for name in MODULES)
            return ModuleSpec(fullname, loader, origin=f"llamacffi ({fullname})", is_package=is_package)
        if any(f"{fullname}.".startswith(f"{name}.") for name in LEFT_OUT):
            raise left_out(fullname)
        return None

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its names."""
        module.__doc__ = MODULES[module.__name__].about
        attributes: dict[str, Any] = vars(module)
        attributes["__getattr__"], attributes["__dir__"] = fill(module.__name__)
        if module.__name__ == "llama_cpp":
            attributes["__version__"] = API_VERSION

    def find_distributions(self, context: Any = None) -> Iterable[Distribution]:
        """The distribution, where it is asked for by name or among all."""
        name = getattr(context, "name", None)
        if name is None or re.sub(r"[-_.]+", "-", name).lower() == "llama-cpp-python":
            from llamacffi.integrations.llama_cpp.distribution import StandIn

            yield StandIn(METADATA)
