"""What computes: the devices of the loaded ggml backends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi, lib, problems, start
from llamacffi._native.convert import enum_names
from llamacffi.core import compat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "Device",
    "Remote",
    "describe",
    "devices",
    "features",
    "find",
    "library_versions",
    "named",
    "not_loaded",
    "offloads",
    "pointers",
    "register",
    "system_info",
]

_DEVICE_TYPE = "enum ggml_backend_dev_type"


@dataclass(frozen=True)
class Device:
    """A device that llama.cpp can compute on; the memory figures, in bytes, are those of the moment it was listed."""

    name: str
    description: str
    type: str
    """cpu, gpu, igpu (shares the machine's memory), accel (helps the CPU) or meta."""
    memory_free: int
    memory_total: int
    backend: str = ""
    """The ggml backend that it belongs to: CPU, CUDA, Vulkan, RPC and the like."""


@dataclass(frozen=True)
class Remote:
    """A device that no backend lists: one of another machine."""

    pointer: Any
    reachable: Callable[[], bool]
    """Whether its memory can be asked for now; else that would end the process, or never return."""


_remotes: dict[str, Remote] = {}


def register(name: str, remote: Remote) -> None:
    """Let `devices`, and everything that takes a device's name, know of one."""
    _remotes[name] = remote


def devices() -> tuple[Device, ...]:
    """Every device of the loaded backends, in ggml's order (ggml_backend_dev_get); then those of RPC servers.

    The memory of a server that does not answer is 0.
    """
    start()
    local = [describe(pointer) for pointer in pointers()]
    return (*local, *(describe(remote.pointer, memory=remote.reachable()) for remote in tuple(_remotes.values())))


def pointers() -> list[Any]:
    """The devices of the loaded backends, as llama.cpp sees them."""
    return [lib.ggml_backend_dev_get(i) for i in range(lib.ggml_backend_dev_count())]


def library_versions() -> dict[str, str]:
    """Of which llama.cpp the libraries are that are loaded: the version of libllama, the commit of libggml.

    Without those that an older llama.cpp does not tell.
    """
    found = {"libllama": _text(compat.llama_version()), "libggml": _text(lib.ggml_commit())}
    return {library: version for library, version in found.items() if version}


def find(name: str) -> Any:
    """The device of that name. Raises ValueError when there is none."""
    start()
    if name in _remotes:
        return _remotes[name].pointer
    # As ggml_backend_dev_by_name, which takes no name that is not UTF-8 and stops reading at a null character.
    for pointer in pointers():
        if _text(lib.ggml_backend_dev_name(pointer)).lower() == name.lower():
            return pointer
    have = ", ".join(repr(_text(lib.ggml_backend_dev_name(one))) for one in named())
    message = f"there is no device {name!r}; this installation has {have}{not_loaded()}"
    raise ValueError(message)


def named() -> Iterable[Any]:
    """Every device that has a name here: the local ones and those of RPC servers."""
    return [*pointers(), *(remote.pointer for remote in tuple(_remotes.values()))]


def not_loaded() -> str:
    """The plug-in files that were refused, with the reasons, as the end of a message; empty when there is none."""
    return "".join(f"; {problem.path} is not loaded: {problem.reason}" for problem in problems())


def offloads(pointer: Any) -> bool:
    """Whether layers can be offloaded to a device: the CPU and what helps it are always used as they are."""
    return lib.ggml_backend_dev_type(pointer) not in {
        lib.GGML_BACKEND_DEVICE_TYPE_CPU,
        lib.GGML_BACKEND_DEVICE_TYPE_ACCEL,
    }


def features() -> dict[str, dict[str, str]]:
    """What each backend says it was built with or found on this machine, as {"CPU": {"AVX2": "1", …}, …}."""
    start()
    found = {}
    for i in range(lib.ggml_backend_reg_count()):
        reg = lib.ggml_backend_reg_get(i)
        found[_text(lib.ggml_backend_reg_name(reg))] = _features(reg)
    return found


def system_info() -> str:
    """llama.cpp's one line about the machine (llama_print_system_info)."""
    start()
    return _text(lib.llama_print_system_info())


def describe(pointer: Any, *, memory: bool = True) -> Device:
    """What ggml says of a device; without `memory` a figure of 0."""
    free, total = ffi.new("size_t *"), ffi.new("size_t *")
    if memory:
        lib.ggml_backend_dev_memory(pointer, free, total)
    types = {value: name for name, value in enum_names(_DEVICE_TYPE).items()}
    return Device(
        name=_text(lib.ggml_backend_dev_name(pointer)),
        description=_text(lib.ggml_backend_dev_description(pointer)),
        type=types.get(lib.ggml_backend_dev_type(pointer), "unknown"),
        memory_free=free[0],
        memory_total=total[0],
        backend=_text(lib.ggml_backend_reg_name(lib.ggml_backend_dev_backend_reg(pointer))),
    )


def _features(reg: Any) -> dict[str, str]:
    address = lib.ggml_backend_reg_get_proc_address(reg, b"ggml_backend_get_features")
    if not address:
        return {}
    feature = ffi.cast("ggml_backend_get_features_t", address)(reg)
    found = {}
    while feature.name:
        found[_text(feature.name)] = _text(feature.value)
        feature += 1
    return found


def _text(chars: Any) -> str:
    return ffi.string(chars).decode("utf-8", "replace") if chars else ""
