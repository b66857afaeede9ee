"""The scales of LoRA adapters, which may be changed while the server runs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from llamacffi.server.adapters import scales_of
from llamacffi.server.driving import asking
from llamacffi.server.events import dumps
from llamacffi.server.schemas.answers import of

__all__ = ["router"]

router = APIRouter(tags=["llama-server"])
_LIST: Any = of(None, "The adapters, and how strongly each works for requests that do not say.")
_SET: Any = of(None, "The scales are set, for requests to come.")


@router.get("/lora-adapters", response_model=None, responses=_LIST)
async def lora_adapters(http: Request, model: str | None = None) -> Response:
    """List the adapters of a model."""
    async with asking(http, model) as use:
        served = use.served
        listed = [
            {"id": i, "path": one.path.name, "name": one.name or one.path.stem, "scale": scale}
            for i, (one, scale) in enumerate(zip(served.settings.lora, served.lora_scales, strict=True))
        ]
        return Response(dumps(listed), media_type="application/json")


@router.post("/lora-adapters", response_model=None, responses=_SET)
async def set_lora_adapters(http: Request, scales: list[dict[str, Any]], model: str | None = None) -> Response:
    """Set the scales; an adapter that is not named does not work any more."""
    async with asking(http, model) as use:
        use.served.lora_scales = scales_of(scales, use.served)
        return Response(dumps({"success": True}), media_type="application/json")
