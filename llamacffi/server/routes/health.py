"""Whether the server lives, and whether it is ready."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from llamacffi.server.errors import ApiError
from llamacffi.server.schemas.errors import ERRORS
from llamacffi.server.state import state_of

__all__ = ["router"]

router = APIRouter(tags=["operation"])
_UNREADY: dict[int | str, dict[str, Any]] = {status: ERRORS[status] for status in (403, 503)}


@router.get("/health", responses=_UNREADY)
@router.get("/v1/health", responses=_UNREADY)
async def health(http: Request) -> dict[str, str]:
    """llama-server's: ok once the first model is loaded, or is there to be loaded when it is asked for."""
    _check_ready(http)
    return {"status": "ok"}


@router.get("/livez", responses={403: ERRORS[403]})
async def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses=_UNREADY)
async def readyz(http: Request) -> dict[str, str]:
    """It takes requests."""
    _check_ready(http)
    return {"status": "ok"}


def _check_ready(http: Request) -> None:
    state = state_of(http)
    if state.draining:
        raise ApiError(503, "the server is going down", "unavailable_error", headers={"Retry-After": "5"})
    cards = state.models.cards()
    if any(card.status == "loading" for card in cards) and not any(card.status == "loaded" for card in cards):
        raise ApiError(503, "Loading model", "unavailable_error", headers={"Retry-After": "5"})
