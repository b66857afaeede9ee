"""OpenAI's Responses: /v1/responses and what belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from llamacffi.server.driving import asking, event_stream, make, salt_of, whole, with_media
from llamacffi.server.errors import ApiError
from llamacffi.server.events import dumps, named_event
from llamacffi.server.models.elsewhere import Elsewhere
from llamacffi.server.responses.items import complete_items, messages_of
from llamacffi.server.responses.job import ResponseJob
from llamacffi.server.responses.schema import (
    CountRequest,
    ResponseRequest,
    begun,
    chat_options_of,
    choice_of,
    tells,
    tools_of,
)
from llamacffi.server.responses.store import ResponseStore, StoredResponse
from llamacffi.server.schemas.answers import of
from llamacffi.server.state import state_of
from llamacffi.server.turn_options import turn_options
from llamacffi.server.turns import chat_turn, n_prompt_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llamacffi.server.driving import Use

__all__ = ["router"]

router = APIRouter(tags=["Responses"])
_RESPONSE: Any = of(None, "The response; with `stream` its events.", stream=True)
_OTHER: Any = of(None, "What was asked for.")
_NOT_HERE = ("background", "conversation", "prompt")


@router.post("/v1/responses", response_model=None, responses=_RESPONSE)
@router.post("/responses", response_model=None, include_in_schema=False)
async def create(http: Request, asked: ResponseRequest) -> Response:
    """Answer a text or items: a message, thoughts, and calls of functions."""
    for name in _NOT_HERE:
        if getattr(asked, name):
            message = f"{name} is not supported; leave it out"
            raise ApiError(400, message, "invalid_request_error", param=name)
    async with asking(http, asked.model) as use:
        store, owner = _store(http), use.salt
        before, items = _items(asked, store, owner)

        def keep(response: dict[str, Any]) -> None:
            size = len(dumps(response)) + len(dumps(items))
            store.put(response, items, after=before, owner=owner, size=size)

        done = None if asked.store is False else keep
        all_items = [*(before.items if before is not None else ()), *items]
        messages = await with_media(http, use, messages_of(all_items, asked.instructions), "input")
        job = await make(_job, asked, use, messages, done)
        if not asked.stream:
            answer: dict[str, Any] = await whole(http, use, job)
            return _json(answer)
        return await event_stream(http, use, job, _encoded, last=b"", error=lambda error: _encoded(job.failed(error)))


@router.post("/v1/responses/input_tokens", response_model=None, responses=_OTHER)
@router.post("/responses/input_tokens", response_model=None, include_in_schema=False)
async def count(http: Request, asked: CountRequest) -> Response:
    """How many tokens the prompt of a response would have."""
    async with asking(http, asked.model) as use:
        before, items = _items(asked, _store(http), use.salt)
        all_items = [*(before.items if before is not None else ()), *items]
        messages = await with_media(http, use, messages_of(all_items, asked.instructions), "input")
        n_tokens = await make(_count, asked, use, messages)
    return _json({"object": "response.input_tokens", "input_tokens": n_tokens})


@router.get("/v1/responses/{response_id}", response_model=None, responses=_OTHER)
async def retrieve(http: Request, response_id: str, *, stream: bool = False) -> Response:
    """A response that was stored."""
    if stream:
        message = "a stored response is not streamed once more; leave stream out"
        raise ApiError(400, message, "invalid_request_error", param="stream")
    return _json(_stored(http, response_id).response)


@router.get("/v1/responses/{response_id}/input_items", response_model=None, responses=_OTHER)
async def input_items(http: Request, response_id: str, order: str = "desc") -> Response:
    """The items that a stored response was asked with, those of the responses before it too; the last ones first."""
    stored = _stored(http, response_id)
    items = [*stored.before, *stored.input]
    if order != "asc":
        items.reverse()
    ends = {"first_id": items[0]["id"], "last_id": items[-1]["id"]} if items else {"first_id": None, "last_id": None}
    return _json({"object": "list", "data": items, "has_more": False, **ends})


@router.post("/v1/responses/{response_id}/cancel", response_model=None, responses=_OTHER)
async def cancel(http: Request, response_id: str) -> Response:
    """Refused: no response goes on in the background."""
    _stored(http, response_id)
    message = "only a response in the background can be cancelled; close the connection of one that is streamed"
    raise ApiError(400, message, "invalid_request_error")


@router.delete("/v1/responses/{response_id}", response_model=None, responses=_OTHER)
async def delete(http: Request, response_id: str) -> Response:
    """Forget a stored response."""
    _stored(http, response_id)
    _store(http).delete(response_id, salt_of(http))
    return _json({"id": response_id, "object": "response", "deleted": True})


def _job(
    asked: ResponseRequest,
    use: Use,
    messages: Sequence[dict[str, Any]],
    done: Callable[[dict[str, Any]], None] | None,
) -> ResponseJob:
    options = _options(asked, use)
    llama = use.served.llama
    chat = chat_turn(
        llama,
        messages,
        options,
        tools=tools_of(asked),
        tool_choice=choice_of(asked),
        streams=bool(asked.stream),
    )
    return ResponseJob(chat, begun(asked, options, use.served.name), llama.vocab, tells=tells(asked), done=done)


def _count(asked: CountRequest, use: Use, messages: Sequence[dict[str, Any]]) -> int:
    return n_prompt_tokens(
        use.served.llama,
        messages,
        _options(asked, use),
        tools=tools_of(asked),
        tool_choice=choice_of(asked),
    )


def _options(asked: CountRequest, use: Use) -> dict[str, Any]:
    own = chat_options_of(asked)
    if isinstance(asked, ResponseRequest):
        own |= {"temperature": asked.temperature, "top_p": asked.top_p}
    return turn_options(asked.model_extra or {}, own, use.served, use.salt)


def _items(
    asked: CountRequest, store: ResponseStore, owner: str | None
) -> tuple[StoredResponse | None, list[dict[str, Any]]]:
    """The response before this one, and the items that are new."""
    before, name = None, asked.previous_response_id
    if name:
        before = store.get(name, owner)
        if before is None:
            message = f"there is no response {name!r:.200} to go on from; it was not stored, or is no longer"
            code = "previous_response_not_found"
            raise ApiError(400, message, "invalid_request_error", code=code, param="previous_response_id")
    items = complete_items(asked.input, lambda name: store.item(name, owner))
    if not items and before is None:
        message = "input is missing: a text, or a list of items"
        raise ApiError(400, message, "invalid_request_error", param="input")
    return before, items


def _store(http: Request) -> ResponseStore:
    state = http.app.state
    if not hasattr(state, "responses"):
        state.responses = ResponseStore()
    found: ResponseStore = state.responses
    return found


def _stored(http: Request, name: str) -> StoredResponse:
    found = _store(http).get(name, salt_of(http))
    if found is None:
        message = f"there is no response {name!r:.200}; it was not stored, or is no longer"
        if children := state_of(http).models.children():  # one of them may have it
            raise Elsewhere(children)
        raise ApiError(404, message, "not_found_error")
    return found


def _encoded(event: dict[str, Any]) -> bytes:
    return named_event(event["type"], event)


def _json(value: object) -> Response:
    return Response(dumps(value), media_type="application/json")
