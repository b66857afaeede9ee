"""Ollama's lists of models: /api/tags, /api/ps, /api/show, and /api/version."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from llamacffi.server.driving import make
from llamacffi.server.errors import ApiError
from llamacffi.server.events import dumps
from llamacffi.server.ollama.errors import ErrorBody, body
from llamacffi.server.ollama.facts import ModelFacts, facts_of
from llamacffi.server.ollama.schema import ShowRequest
from llamacffi.server.protocol_route import answers, route_of
from llamacffi.server.state import state_of

if TYPE_CHECKING:
    from llamacffi.server.models.card import ModelCard

__all__ = ["API_VERSION", "router"]

router = APIRouter(tags=["Ollama"], route_class=route_of(body))
_TOLD: Any = answers("What was asked for.", ErrorBody)
API_VERSION = "0.12.11"
"""The Ollama whose routes these are: clients refuse to talk to one that they take for too old."""
_FOR_EVER = timedelta(days=36500)


@router.get("/api/version", response_model=None, responses=_TOLD)
async def version() -> Response:
    """Which version of Ollama's API this is."""
    return _json({"version": API_VERSION})


@router.get("/api/tags", response_model=None, responses=_TOLD)
async def tags(http: Request) -> Response:
    """All models that are configured."""
    return _json({"models": await make(_listed, state_of(http).models.cards())})


@router.get("/api/ps", response_model=None, responses=_TOLD)
async def ps(http: Request) -> Response:
    """The models that are loaded."""
    cards = [card for card in state_of(http).models.cards() if card.loaded is not None]
    listed = await make(_listed, cards)
    until = (datetime.now(timezone.utc) + _FOR_EVER).isoformat().replace("+00:00", "Z")
    for one, card in zip(listed, cards, strict=True):
        del one["modified_at"]
        one |= {"expires_at": until, "size_vram": 0, "context_length": card.loaded.n_ctx if card.loaded else 0}
    return _json({"models": listed})


@router.post("/api/show", response_model=None, responses=_TOLD)
async def show(http: Request, asked: ShowRequest) -> Response:
    """What there is to know of a model; it is not loaded for that."""
    name = asked.model or asked.name
    if not name:
        message = "model is missing: the name of one"
        raise ApiError(400, message, "invalid_request_error", param="model")
    cards = state_of(http).models.cards()
    known = {alias: card for card in reversed(cards) for alias in (card.name, *card.aliases)}
    card = known.get(name) or known.get(name.removesuffix(":latest")) or (cards[0] if len(cards) == 1 else None)
    if card is None:
        message = f"model {name!r:.200} not found; there are {', '.join(card.name for card in cards)}"
        raise ApiError(404, message, "not_found_error")
    return _json(await make(_shown, card))


def _shown(card: ModelCard) -> dict[str, Any]:
    facts = _facts(card)
    return {
        "modelfile": f"FROM {card.name}\n",
        "parameters": "",
        "template": facts.template,
        "license": facts.licence,
        "details": facts.details,
        "model_info": facts.info,
        "capabilities": [*facts.capabilities, *_senses(card)],
        "modified_at": facts.modified,
    }


def _senses(card: ModelCard) -> list[str]:
    return [name for kind, name in (("image", "vision"), ("audio", "audio")) if kind in card.modalities]


def _listed(cards: list[ModelCard]) -> list[dict[str, Any]]:
    listed = []
    for card in cards:
        facts = _facts(card)
        listed.append(
            {
                "name": card.name,
                "model": card.name,
                "modified_at": facts.modified,
                "size": facts.size,
                "digest": facts.digest,
                "details": facts.details,
            }
        )
    return listed


def _facts(card: ModelCard) -> ModelFacts:
    return facts_of(card.settings.model)


def _json(value: object) -> Response:
    return Response(dumps(value), media_type="application/json")
