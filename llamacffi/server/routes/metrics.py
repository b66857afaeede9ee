"""Figures for Prometheus."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from llamacffi.server.driving import make
from llamacffi.server.errors import ApiError
from llamacffi.server.merged_metrics import merged
from llamacffi.server.schemas.errors import ERRORS
from llamacffi.server.state import state_of

__all__ = ["router"]

router = APIRouter(tags=["operation"])
_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus's text format."}


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: _TEXT, **{status: ERRORS[status] for status in (401, 403, 501)}},
)
async def metrics(http: Request) -> Response:
    """llama-server's figures under its names, and histograms of how long things took."""
    state = state_of(http)
    if not state.settings.metrics:
        raise ApiError(501, "this server tells no figures; start it with --metrics", "not_supported_error")
    headers = {"Process-Start-Time-Unix": str(int(state.started))}
    told = state.metrics.text(state.models)
    children = await asyncio.gather(*(child.metrics() for child in state.models.children()))
    if any(children):
        told = await make(merged, [told.decode(), *filter(None, children)])
    return Response(told, headers=headers, media_type=CONTENT_TYPE_LATEST)
