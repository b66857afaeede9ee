"""How long a context is, when nobody says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import integer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llamacffi.core.model import Model

__all__ = ["n_ctx_of"]

_STEP = 256  # llama.cpp rounds up to it
_LEAST = 4096
_PART = 4  # of the memory that is free one part is for the cache: models and others need some too
_BYTES = {"f32": 4.0, "f16": 2.0, "bf16": 2.0, "q8_0": 1.0625, "q5_1": 0.75, "q5_0": 0.6875, "q4_1": 0.625}


def n_ctx_of(model: Model, n_ctx: int | None, context: Mapping[str, Any]) -> int:
    """The length of a context: `n_ctx`, what the model was trained with for 0, and for None that or less.

    Less where the cache would take more than a quarter of the memory that is free on the devices that hold it.
    """
    if n_ctx is not None and integer("n_ctx", n_ctx, 0, 2**28) > 0:
        return _rounded(n_ctx)
    trained = max(_STEP, model.n_ctx_train)
    if n_ctx == 0:
        return _rounded(trained)
    if model.fitted is not None and model.fitted.fits:
        trained = min(trained, model.fitted.n_ctx)
    per_token = _bytes_of_token(model, context)
    fitting = _free(model) // _PART // per_token if per_token else trained
    return _rounded(min(trained, max(_LEAST, fitting // _STEP * _STEP)))


def _rounded(n: int) -> int:
    return -(-n // _STEP) * _STEP


def _bytes_of_token(model: Model, context: Mapping[str, Any]) -> int:
    """Of keys and values in all layers; more than it is for models that keep less of some."""
    width = model.n_embd_head * model.n_head_kv * model.n_layer
    sizes = [_BYTES.get(str(context.get(name, "f16")).lower(), 2.0) for name in ("type_k", "type_v")]
    return int(width * sum(sizes))


def _free(model: Model) -> int:
    from llamacffi.core.backend import devices
    from llamacffi.core.host import free_memory

    used = set(model.layer_devices)
    on_gpus = [
        device.memory_free for device in devices() if device.name in used and device.type not in {"cpu", "accel"}
    ]
    return min([free_memory(), sum(on_gpus)] if on_gpus else [free_memory()])
