"""The models that a server has, as OpenAI lists them, with what llama-server tells of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from llamacffi.server.driving import make
from llamacffi.server.errors import ApiError
from llamacffi.server.events import dumps
from llamacffi.server.ollama.facts import facts_of
from llamacffi.server.schemas.answers import of
from llamacffi.server.state import state_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.server.models.card import ModelCard

__all__ = ["router"]

router = APIRouter(tags=["OpenAI"])
_LIST: Any = of(None, 'The models, {"id", "created", "owned_by", "status", "meta"} each.')
_ONE: Any = of(None, "What is known of the model.")
_DONE: Any = of(None, '{"success": true}')
_STARTED = int(time.time())


class NamedModel(BaseModel):
    """Which model."""

    model_config = ConfigDict(extra="allow", strict=True)

    model: str


@router.get("/v1/models", response_model=None, responses=_LIST)
@router.get("/models", response_model=None, include_in_schema=False)
async def models(http: Request) -> Response:
    """List the models, those too that are not loaded."""
    listed = await make(_listed, state_of(http).models.cards())
    return Response(dumps(listed), media_type="application/json")


@router.get("/v1/models/{name:path}", response_model=None, responses=_ONE)
async def model(http: Request, name: str) -> Response:
    """Tell of one model, by its name or an alias."""
    cards = state_of(http).models.cards()
    found = next((card for card in cards if name in (card.name, *card.aliases)), None)
    if found is None:
        known = ", ".join(card.name for card in cards)
        message = f"there is no model {name!r:.200}; there are: {known}"
        raise ApiError(404, message, "not_found_error", param="model")
    return Response(dumps(await make(_told, found)), media_type="application/json")


@router.post("/models/load", response_model=None, responses=_DONE, tags=["llama-server"])
async def load(http: Request, asked: NamedModel) -> Response:
    """Load a model now, and wait until it is there."""
    async with state_of(http).models.use(_known(http, asked)):
        return Response(dumps({"success": True}), media_type="application/json")


@router.post("/models/unload", response_model=None, responses=_DONE, tags=["llama-server"])
async def unload(http: Request, asked: NamedModel) -> Response:
    """Unload a model that nobody uses; it is loaded again when it is asked for."""
    name = _known(http, asked)
    if not await state_of(http).models.unload(name):
        raise ApiError(400, f"the model {name} is in use, or not loaded", param="model")
    return Response(dumps({"success": True}), media_type="application/json")


def _known(http: Request, asked: NamedModel) -> str:
    names = {name for card in state_of(http).models.cards() for name in (card.name, *card.aliases)}
    if asked.model not in names:
        message = f"there is no model {asked.model!r:.200}; there are {', '.join(sorted(names))}"
        raise ApiError(404, message, param="model")
    return asked.model


def _listed(cards: Sequence[ModelCard]) -> dict[str, Any]:
    return {"object": "list", "data": [_told(card) for card in cards], "models": [_as_ollama(card) for card in cards]}


def _told(card: ModelCard) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": card.name,
        "object": "model",
        "created": _STARTED if card.loaded is None else card.loaded.created,
        "owned_by": "llamacffi",
        "aliases": list(card.aliases),
        "tags": [],
        "status": _status(card),
        "architecture": {
            "input_modalities": ["text", *sorted(card.modalities, reverse=True)],
            "output_modalities": ["text"],
        },
    }
    if card.n_bytes is not None:
        told["memory"] = card.n_bytes
    return told if card.loaded is None else {**told, "meta": card.loaded.meta}


def _status(card: ModelCard) -> dict[str, Any]:
    told: dict[str, Any] = {"value": card.status}
    if card.error is not None:
        told["error"] = card.error
    if card.child is not None:
        told["pid"] = card.child.process.pid
    return told


def _as_ollama(card: ModelCard) -> dict[str, Any]:
    path = getattr(card.settings, "model", None) if card.served is None else card.served.llama.model_path
    facts = facts_of(str(path or ""))
    return {
        "name": card.name,
        "model": card.name,
        "modified_at": facts.modified,
        "size": str(facts.size or ""),
        "digest": facts.digest,
        "type": "model",
        "description": "",
        "tags": [],
        "capabilities": [*facts.capabilities, *(["multimodal"] if card.modalities else [])],
        "parameters": "",
        "details": facts.details,
    }
