"""What else clients ask of a tokenizer: llama_cpp.server's /extras, and vLLM's /tokenizer_info."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from llamacffi.generation.prompt import token_ids
from llamacffi.server.driving import asking, make
from llamacffi.server.events import dumps
from llamacffi.server.openai.naming import naming
from llamacffi.server.schemas.answers import of
from llamacffi.server.schemas.extras import DetokenizeRequest, TokenizeRequest

if TYPE_CHECKING:
    from llamacffi.llama import Llama

__all__ = ["router"]

router = APIRouter(tags=["Extras"])
_TOKENS: Any = of(None, '{"tokens": […]}')
_COUNT: Any = of(None, '{"count": …}')
_TEXT: Any = of(None, '{"text": "…"}')
_INFO: Any = of(None, "Special tokens, and the chat template.")


@router.post("/extras/tokenize", response_model=None, responses=_TOKENS)
async def tokenize(http: Request, asked: TokenizeRequest) -> Response:
    """The token ids of a text, BOS included where the model wants it."""
    return _json({"tokens": await _tokens(http, asked)})


@router.post("/extras/tokenize/count", response_model=None, responses=_COUNT)
async def count(http: Request, asked: TokenizeRequest) -> Response:
    """How many tokens a text has."""
    return _json({"count": len(await _tokens(http, asked))})


@router.post("/extras/detokenize", response_model=None, responses=_TEXT)
async def detokenize(http: Request, asked: DetokenizeRequest) -> Response:
    """The text that token ids spell; parts of characters at its ends become replacement characters."""
    async with asking(http, asked.model) as use, naming(asked, use):
        text = await make(_text, use.served.llama, asked.tokens)
    return _json({"text": text})


@router.get("/tokenizer_info", response_model=None, responses=_INFO)
async def tokenizer_info(http: Request, model: str | None = None) -> Response:
    """What a client needs to tokenize as the model does, and to write its prompts."""
    async with asking(http, model) as use:
        return _json(await make(_info, use.served.llama))


async def _tokens(http: Request, asked: TokenizeRequest) -> list[int]:
    async with asking(http, asked.model) as use, naming(asked, use):
        tokens: list[int] = await make(use.served.llama.tokenize, asked.input, special=True)
        return tokens


def _text(llama: Llama, tokens: list[int]) -> str:
    return llama.detokenize(token_ids(llama.vocab, tokens)).decode("utf-8", "replace")


def _info(llama: Llama) -> dict[str, Any]:
    vocab = llama.vocab
    named = {f"{name}_token": getattr(vocab, name) for name in ("bos", "eos", "pad", "sep", "mask")}
    return {
        "tokenizer_class": "GGUF",
        "tokenizer_model": llama.metadata.get("tokenizer.ggml.model", ""),
        **{name: None if token is None else vocab.text(token) for name, token in named.items()},
        "add_bos_token": vocab.add_bos,
        "add_eos_token": vocab.add_eos,
        "model_max_length": llama.n_ctx_slot,
        "vocab_size": vocab.n_tokens,
        "chat_template": llama.metadata.get("tokenizer.chat_template"),
    }


def _json(value: object) -> Response:
    return Response(dumps(value), media_type="application/json")
