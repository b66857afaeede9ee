"""The options of a model that are tables in C: mappings and sequences in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llamacffi._native import ffi, lib
from llamacffi._native.convert import integer, number
from llamacffi.core import backend

__all__ = ["NAMES", "apply", "buffer_types", "with_cpu_experts"]

NAMES = frozenset({"kv_overrides", "tensor_buft_overrides", "tensor_split"})

_INT64 = 2**63
_LAYERS = 512  # LLAMA_MAX_LAYERS, which no header declares


def apply(params: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Point `params` to C tables made of these options; the result keeps the tables alive.

    Raises TypeError for a value of the wrong kind, ValueError for one that does not fit.
    """
    pins: dict[str, Any] = {}
    for name, build in (
        ("kv_overrides", _kv_overrides),
        ("tensor_buft_overrides", _buffer_types),
        ("tensor_split", _tensor_split),
    ):
        if options.get(name) is not None:
            pins[name] = build(options[name], pins)
            setattr(params, name, pins[name])
    return pins


def with_cpu_experts(options: Mapping[str, Any], n_cpu_moe: int) -> Mapping[str, Any]:
    """`options` with the experts of the first `n_cpu_moe` layers on the CPU, as llama.cpp's --n-cpu-moe does."""
    n = integer("n_cpu_moe", n_cpu_moe, 0, _LAYERS)
    if n == 0:
        return options
    experts = {rf"blk\.{layer}\.ffn_(up|down|gate|gate_up)_(ch|)exps": "CPU" for layer in range(n)}
    # The first pattern that matches decides, and what was asked for by name goes before.
    given = options.get("tensor_buft_overrides") or {}
    if not isinstance(given, Mapping):
        return options  # `apply` says what is wrong with it
    return {**options, "tensor_buft_overrides": {**given, **experts}}


def _kv_overrides(values: object, _pins: dict[str, Any]) -> Any:
    if not isinstance(values, Mapping):
        message = f"kv_overrides must be a mapping from metadata keys to values, not {values!r}"
        raise TypeError(message)
    # A key of no characters ends the table, and cffi fills with zeros.
    table: Any = ffi.new("struct llama_model_kv_override[]", len(values) + 1)
    for entry, (key, value) in zip(table, values.items(), strict=False):
        if not isinstance(key, str):
            message = f"kv_overrides must have keys of type str, not {key!r} ({type(key).__name__})"
            raise TypeError(message)
        entry.key = _chars("key", key)
        _set_value(entry, key, value)
    return table


def _set_value(entry: Any, key: str, value: object) -> None:
    if isinstance(value, bool):
        entry.tag, entry.val_bool = lib.LLAMA_KV_OVERRIDE_TYPE_BOOL, value
    elif isinstance(value, int):
        if not -_INT64 <= value < _INT64:
            message = f"kv_overrides[{key!r}] must fit in 64 bits, not {value}"
            raise ValueError(message)
        entry.tag, entry.val_i64 = lib.LLAMA_KV_OVERRIDE_TYPE_INT, value
    elif isinstance(value, float):
        entry.tag, entry.val_f64 = lib.LLAMA_KV_OVERRIDE_TYPE_FLOAT, value
    elif isinstance(value, str):
        entry.tag = lib.LLAMA_KV_OVERRIDE_TYPE_STR
        entry.val_str = _chars(f"kv_overrides[{key!r}]", value)
    else:
        message = f"kv_overrides[{key!r}] must be a bool, int, float or str, not {value!r}"
        raise TypeError(message)


def _chars(name: str, text: str) -> bytes:
    data = text.encode()
    if len(data) > 127 or b"\0" in data or (name == "key" and not data):
        message = f"{name} must be 1 to 127 bytes without a NUL, not {text!r}"
        raise ValueError(message)
    return data


def _buffer_types(values: object, pins: dict[str, Any]) -> Any:
    if not isinstance(values, Mapping):
        message = f"tensor_buft_overrides must be a mapping from tensor name patterns to buffer types, not {values!r}"
        raise TypeError(message)
    table = ffi.new("struct llama_model_tensor_buft_override[]", len(values) + 1)
    patterns: list[Any] = []
    pins["patterns"] = patterns
    types = buffer_types()
    for entry, (pattern, device) in zip(table, values.items(), strict=False):
        if not isinstance(pattern, str) or not isinstance(device, str):
            message = f"tensor_buft_overrides must be texts by texts, not {pattern!r}: {device!r}"
            raise TypeError(message)
        if device not in types:
            message = f"tensor_buft_overrides[{pattern!r}] must be one of {', '.join(map(repr, types))}, not {device!r}"
            raise ValueError(message)
        patterns.append(ffi.new("char[]", pattern.encode()))
        entry.pattern, entry.buft = patterns[-1], types[device]
    return table


def buffer_types() -> dict[str, Any]:
    """The buffer types of the devices, by the devices' names and by their own."""
    types = {}
    for device in backend.named():
        buffer_type = lib.ggml_backend_dev_buffer_type(device)
        for name in (lib.ggml_backend_dev_name(device), lib.ggml_backend_buft_name(buffer_type)):
            types[ffi.string(name).decode()] = buffer_type
    return types


def _tensor_split(values: object, _pins: dict[str, Any]) -> Any:
    if not isinstance(values, Sequence) or isinstance(values, (str, bytes)):
        message = f"tensor_split must be a sequence of numbers, one for each device, not {values!r}"
        raise TypeError(message)
    room = lib.llama_max_devices()
    if len(values) > room:
        message = f"tensor_split has {len(values)} numbers; llama.cpp knows at most {room} devices"
        raise ValueError(message)
    shares = [number(f"tensor_split[{i}]", value) for i, value in enumerate(values)]
    if any(share < 0 for share in shares):
        message = f"tensor_split must have no negative numbers, not {shares}"
        raise ValueError(message)
    return ffi.new("float[]", [*shares, *[0.0] * (room - len(shares))])
