"""Names that are imported when they are first used: a program waits for what it needs, and not for the rest."""

from __future__ import annotations

from importlib import import_module
from sys import modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["on_first_use"]


def on_first_use(package: str, places: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package (PEP 562): `places` says which of its modules have which names.

    There are spaces between the names. A module must not be named as something that is to be had from the package:
    whoever imports the module first would leave it there in place of the other.
    """
    owners = {name: module for module, names in places.items() for name in names.split()}
    assert owners.keys().isdisjoint(places), f"{package} has a module and a name that are the same"

    def find(name: str) -> Any:
        if name not in owners:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        value = getattr(import_module(f"{package}.{owners[name]}"), name)
        setattr(modules[package], name, value)  # the next access does not come here
        return value

    def names() -> list[str]:
        return sorted({*vars(modules[package]), *owners})

    return find, names
