"""What a model is, and what it does unless it is asked otherwise, as llama-server tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from llamacffi.llama.completion import COMPLETION_DEFAULTS
from llamacffi.llama.params import sampling_params
from llamacffi.server.driving import asking, make
from llamacffi.server.events import dumps
from llamacffi.server.native.job import settings_of
from llamacffi.server.schemas.answers import of
from llamacffi.server.timings import fingerprint
from llamacffi.server.turn_options import turn_options

if TYPE_CHECKING:
    from llamacffi.server.models.served import Served

__all__ = ["router"]

router = APIRouter(tags=["llama-server"])
_PROPS: Any = of(None, "The model, its chat template, and the options that requests have without saying so.")
_RANDOM = 2**32 - 1


@router.get("/props", response_model=None, responses=_PROPS)
async def props(http: Request, model: str | None = None) -> Response:
    """Tell of a model, which is loaded for that."""
    async with asking(http, model) as use:
        return Response(dumps(await make(_props, use.served)), media_type="application/json")


def _props(served: Served) -> dict[str, Any]:
    llama, vocab = served.llama, served.llama.vocab
    said = turn_options({}, {}, served)
    options = {**COMPLETION_DEFAULTS, **{name: said[name] for name in said if name in COMPLETION_DEFAULTS}}
    params = sampling_params(llama, options, max_tokens=None, temperature=said["temperature"])
    return {
        "default_generation_settings": {
            "params": settings_of(params, _RANDOM, streams=True),
            "n_ctx": served.n_ctx,
        },
        "total_slots": served.settings.n_parallel,
        "model_alias": served.name,
        "model_path": llama.model_path,
        "modalities": {"vision": False, "video": False, "audio": False},
        "chat_template": llama.metadata.get("tokenizer.chat_template", ""),
        "bos_token": "" if vocab.bos is None else vocab.text(vocab.bos),
        "eos_token": "" if vocab.eos is None else vocab.text(vocab.eos),
        "build_info": fingerprint(),
        "is_sleeping": False,
    }
