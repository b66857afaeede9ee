"""What computes: the devices of the loaded ggml backends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi, lib, start
from llamacffi._native.convert import enum_names

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Device", "device_pointers", "devices", "features", "system_info"]

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


def devices() -> tuple[Device, ...]:
    """Every device of the loaded backends, in ggml's order (ggml_backend_dev_get)."""
    start()
    return tuple(_describe(lib.ggml_backend_dev_get(i)) for i in range(lib.ggml_backend_dev_count()))


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


def device_pointers(wanted: Sequence[Device | str]) -> Any:
    """The NULL-terminated array of devices that llama_model_params takes.

    The CPU is left out: llama.cpp always has it, and counts only others as devices to offload to. Raises ValueError
    for a name that no device has.
    """
    start()
    pointers = []
    for device in wanted:
        name = device.name if isinstance(device, Device) else device
        pointer = lib.ggml_backend_dev_by_name(name.encode())
        if not pointer:
            have = ", ".join(repr(one.name) for one in devices())
            message = f"there is no device {name!r}; this installation has {have}"
            raise ValueError(message)
        if lib.ggml_backend_dev_type(pointer) != lib.GGML_BACKEND_DEVICE_TYPE_CPU:
            pointers.append(pointer)
    return ffi.new("ggml_backend_dev_t[]", [*pointers, ffi.NULL])


def _describe(pointer: Any) -> Device:
    free, total = ffi.new("size_t *"), ffi.new("size_t *")
    lib.ggml_backend_dev_memory(pointer, free, total)
    types = {value: name for name, value in enum_names(_DEVICE_TYPE).items()}
    return Device(
        name=_text(lib.ggml_backend_dev_name(pointer)),
        description=_text(lib.ggml_backend_dev_description(pointer)),
        type=types.get(lib.ggml_backend_dev_type(pointer), "unknown"),
        memory_free=free[0],
        memory_total=total[0],
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
