"""Where a model's layers go: which devices are asked, and which of them got what."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi, lib
from llamacffi.core import backend, compat, rpc
from llamacffi.core.backend import Device

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BackendWarning", "chosen", "described", "device_names", "table", "warn_without_gpu"]

_warned = False


class BackendWarning(UserWarning):
    """Layers are to be offloaded, and no device is there to take them."""


def chosen(devices: Sequence[Device | str] | None, rpc_servers: Sequence[str]) -> list[Any] | None:
    """The devices to offload layers to, those of the servers first, as llama.cpp orders them; None for its default.

    The CPU is left out: llama.cpp always has it, and counts only others as devices to offload to. Raises TypeError for
    what is neither a Device nor a name, ValueError for a name that no device has and for a device named twice,
    BackendError for a server that does not answer.
    """
    servers = _several("rpc_servers", rpc_servers, "addresses, 'host:port'")
    named = None if devices is None else device_names(devices)
    if named is None and not servers:
        return None
    pointers = [pointer for server in servers for pointer in rpc.connect(server).devices]
    pointers += _default() if named is None else filter(backend.offloads, map(backend.find, named))
    if len(set(pointers)) != len(pointers):
        message = f"a device is named twice: {', '.join(map(_device_name, pointers))}"
        raise ValueError(message)
    if len(pointers) >= lib.llama_max_devices():
        message = f"{len(pointers)} devices are too many; llama.cpp takes at most {lib.llama_max_devices() - 1}"
        raise ValueError(message)
    return pointers


def device_names(devices: object) -> list[str]:
    """The names in a sequence of Devices and names. Raises TypeError for anything else."""
    return [_name(one) for one in _several("devices", devices, "Devices or their names")]


def table(pointers: Sequence[Any]) -> Any:
    """The NULL-terminated array that llama_model_params takes."""
    return ffi.new("ggml_backend_dev_t[]", [*pointers, ffi.NULL])


def described(layers: Sequence[str]) -> str:
    """What `repr(model)` says of the devices that hold the layers; the last one holds the output, which is one too."""
    names = {_device_name(pointer): pointer for pointer in backend.named()}
    counts = Counter(name for name in layers if name not in names or backend.offloads(names[name]))
    if not counts:
        return f"{len(layers) - 1} layers on {layers[0]}"
    return ", ".join(
        f"{count} of {len(layers)} layers on {_full_name(name, names.get(name))}" for name, count in counts.items()
    )


def warn_without_gpu(n_gpu_layers: object, pointers: Sequence[Any] | None, stacklevel: int) -> None:
    """Warn, once, when layers are to be offloaded and there is nothing to offload them to."""
    global _warned  # noqa: PLW0603 - once a process
    if _warned or not isinstance(n_gpu_layers, int) or n_gpu_layers <= 0:
        return
    if pointers is not None or any(map(backend.offloads, backend.pointers())):
        return
    _warned = True
    others = [name for name in backend.features() if name not in {"CPU", "BLAS", "RPC"}]
    if others:
        reason = f"the backends {', '.join(others)} find no device here: `llamacffi doctor` shows what there is"
    else:
        reason = "no GPU backend is installed: `python -m llamacffi backend add vulkan` (or cuda, hip, sycl) adds one"
    message = f"n_gpu_layers={n_gpu_layers} has no effect, the model stays on the CPU; {reason}{backend.not_loaded()}"
    warnings.warn(message, BackendWarning, stacklevel=stacklevel + 1)


def _default() -> list[Any]:
    """The local devices that llama.cpp would choose: all GPUs, or those that share the machine's memory."""
    types = {pointer: lib.ggml_backend_dev_type(pointer) for pointer in backend.pointers()}
    gpus = [pointer for pointer, kind in types.items() if kind == lib.GGML_BACKEND_DEVICE_TYPE_GPU]
    return gpus or [pointer for pointer, kind in types.items() if kind == compat.DEVICE_TYPE_IGPU]


def _several(option: str, values: object, wanted: str) -> list[Any]:
    if isinstance(values, (str, bytes, Device)) or not isinstance(values, Iterable):
        message = f"{option} must be a sequence of {wanted}, not {values!r}"
        raise TypeError(message)
    return list(values)


def _name(device: object) -> str:
    if isinstance(device, Device):
        return device.name
    if isinstance(device, str):
        return device
    message = f"devices must hold Devices or their names, not {device!r} ({type(device).__name__})"
    raise TypeError(message)


def _device_name(pointer: Any) -> str:
    return str(ffi.string(lib.ggml_backend_dev_name(pointer)).decode("utf-8", "replace"))


def _full_name(name: str, pointer: Any) -> str:
    """A device's name, with the address of the server that it belongs to."""
    if not pointer or backend.describe(pointer, memory=False).backend != "RPC":
        return name
    return f"{name}[{backend.describe(pointer, memory=False).description}]"
