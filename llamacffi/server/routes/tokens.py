"""Tokens of texts, texts of tokens, and prompts of conversations, as llama-server and vLLM give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from llamacffi.generation.prompt import token_ids
from llamacffi.server.driving import asking, make, with_media
from llamacffi.server.events import dumps
from llamacffi.server.native.prompts import mixed_ids
from llamacffi.server.openai.chat import prompt_of
from llamacffi.server.openai.naming import naming
from llamacffi.server.schemas.answers import of
from llamacffi.server.schemas.chat import ChatRequest
from llamacffi.server.schemas.native import DetokenizeTokens, TokenizeContent

if TYPE_CHECKING:
    from llamacffi.llama import Llama

__all__ = ["router"]

router = APIRouter(tags=["llama-server"])
_TOKENS: Any = of(None, '{"tokens": […]}; asked as vLLM, with `count` and `max_model_len`.')
_TEXT: Any = of(None, '{"content": "…", "prompt": "…"}, the same text by both names.')
_PROMPT: Any = of(None, '{"prompt": "…"}')
_COUNT: Any = of(None, '{"object": "response.input_tokens", "input_tokens": …}')


@router.post("/tokenize", response_model=None, responses=_TOKENS)
async def tokenize(http: Request, asked: TokenizeContent) -> Response:
    """The token ids of a text."""
    async with asking(http, asked.model) as use, naming(asked, use):
        return _json(await make(_tokenized, use.served.llama, asked))


@router.post("/detokenize", response_model=None, responses=_TEXT)
async def detokenize(http: Request, asked: DetokenizeTokens) -> Response:
    """The text that token ids spell, control tokens too."""
    async with asking(http, asked.model) as use, naming(asked, use):
        text = await make(_text, use.served.llama, asked.tokens)
    return _json({"content": text, "prompt": text})


@router.post("/apply-template", response_model=None, responses=_PROMPT)
async def apply_template(http: Request, asked: ChatRequest) -> Response:
    """The prompt that a conversation makes, without answering it."""
    async with asking(http, asked.model) as use, naming(asked, use):
        asked.messages = await with_media(http, use, asked.messages)
        prompt = await make(prompt_of, asked, use.served)
    return _json({"prompt": prompt.text})


@router.post("/v1/chat/completions/input_tokens", response_model=None, responses=_COUNT)
@router.post("/chat/completions/input_tokens", response_model=None, include_in_schema=False)
async def count(http: Request, asked: ChatRequest) -> Response:
    """How many tokens the prompt of a chat completion has."""
    async with asking(http, asked.model) as use, naming(asked, use):
        asked.messages = await with_media(http, use, asked.messages)
        prompt = await make(prompt_of, asked, use.served)
    return _json({"object": "response.input_tokens", "input_tokens": len(prompt.tokens or ())})


def _tokenized(llama: Llama, asked: TokenizeContent) -> dict[str, Any]:
    if asked.prompt is not None:
        add = asked.add_special_tokens is not False
        ids = mixed_ids(llama, asked.prompt, add_special=add)
        return {"tokens": ids, "count": len(ids), "max_model_len": llama.n_ctx_slot}
    if asked.content is None:  # as llama-server answers it
        return {"tokens": []}
    special = asked.parse_special is not False
    ids = mixed_ids(llama, asked.content, add_special=bool(asked.add_special), parse_special=special)
    if not asked.with_pieces:
        return {"tokens": ids}
    return {"tokens": [{"id": token, "piece": _piece(llama.vocab.piece(token, special=True))} for token in ids]}


def _piece(piece: bytes) -> str | list[int]:
    """What a token spells; of part of a character its bytes."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return list(piece)


def _text(llama: Llama, tokens: list[int]) -> str:
    return llama.detokenize(token_ids(llama.vocab, tokens), special=True).decode("utf-8", "replace")


def _json(value: object) -> Response:
    return Response(dumps(value), media_type="application/json")
