"""LoRA adapters of a model: those of the settings, with scales that a request or an operator may set."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from llamacffi.server.errors import ApiError

if TYPE_CHECKING:
    from llamacffi.server.models.served import Served

__all__ = ["adapters_of", "scales_of", "scales_told"]


def adapters_of(asked: object, served: Served) -> dict[str, float]:
    """The adapters that work for a request, files with their scales; `asked` is its `lora`, None for the model's own.

    As in llama-server, those that it does not name do not work. Raises ApiError 400.
    """
    scales = served.lora_scales if asked is None else scales_of(asked, served)
    return {str(one.path): scale for one, scale in zip(served.settings.lora, scales, strict=True) if scale}


def scales_told(asked: object, served: Served) -> list[dict[str, Any]]:
    """The adapters that work for a request, by their numbers."""
    scales = served.lora_scales if asked is None else scales_of(asked, served)
    return [{"id": i, "scale": scale} for i, scale in enumerate(scales) if scale]


def scales_of(asked: object, served: Served) -> list[float]:
    """The scale of each adapter, of a list of `{"id": 0, "scale": 1.0}`, or with a name. Raises ApiError 400."""
    if not isinstance(asked, list):
        raise _wrong(asked, "a list")
    scales = [0.0] * len(served.settings.lora)
    for one in asked:
        if not isinstance(one, Mapping):
            raise _wrong(one, 'an object such as {"id": 0, "scale": 1.0}')
        scale: Any = one.get("scale", 1.0)
        if isinstance(scale, bool) or not isinstance(scale, (int, float)) or not isfinite(scale):
            raise _wrong(scale, "a scale")
        scales[_index(one, served)] = float(scale)
    return scales


def _index(one: Mapping[str, Any], served: Served) -> int:
    known = [adapter.name or adapter.path.stem for adapter in served.settings.lora]
    index, name = one.get("id"), one.get("name")
    if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(known):
        return index
    if name in known:
        return known.index(name)
    told = ", ".join(f"{i}: {name}" for i, name in enumerate(known)) or "none"
    raise ApiError(400, f"there is no adapter {name if index is None else index!r}; there are {told}", param="lora")


def _wrong(value: object, wanted: str) -> ApiError:
    return ApiError(400, f"lora is or has {value!r:.80}, but must be {wanted}", param="lora")
