"""What a model is, and what it does unless it is asked otherwise, as llama-server tells it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from llamacffi.chat.media import MARKER
from llamacffi.errors import TemplateError
from llamacffi.llama.completion import COMPLETION_DEFAULTS
from llamacffi.llama.params import sampling_params
from llamacffi.server.driving import asking, make
from llamacffi.server.events import dumps
from llamacffi.server.native.settings import RANDOM, settings_of
from llamacffi.server.ollama.facts import facts_of
from llamacffi.server.schemas.answers import of
from llamacffi.server.state import state_of
from llamacffi.server.timings import fingerprint
from llamacffi.server.turn_options import turn_options

if TYPE_CHECKING:
    from llamacffi.llama import Llama
    from llamacffi.server.models.served import Served
    from llamacffi.server.settings import ServerSettings

__all__ = ["router"]

router = APIRouter(tags=["llama-server"])
_PROPS: Any = of(None, "The model, its chat template, and the options that requests have without saying so.")


@router.get("/props", response_model=None, responses=_PROPS)
async def props(http: Request, model: str | None = None) -> Response:
    """Tell of a model, which is loaded for that."""
    async with asking(http, model) as use:
        told = await make(_props, use.served, state_of(http).settings)
        return Response(dumps(told), media_type="application/json")


def _props(served: Served, settings: ServerSettings) -> dict[str, Any]:
    llama, vocab = served.llama, served.llama.vocab
    said = turn_options({}, {}, served)
    options = {**COMPLETION_DEFAULTS, **{name: said[name] for name in said if name in COMPLETION_DEFAULTS}}
    params = sampling_params(llama, options, max_tokens=said["max_tokens"], temperature=said["temperature"])
    told, seen = _template(llama), served.modalities
    return {
        "default_generation_settings": {
            "params": settings_of(params, RANDOM, served, streams=True),
            "n_ctx": served.n_ctx,
        },
        "total_slots": served.settings.n_parallel,
        "model_alias": served.name,
        "model_ftype": facts_of(llama.model_path).details["quantization_level"],
        "model_path": llama.model_path,
        "modalities": {"vision": "image" in seen, "video": False, "audio": "audio" in seen},
        "media_marker": MARKER,
        "endpoint_slots": settings.slots,
        "endpoint_props": False,
        "endpoint_metrics": settings.metrics,
        "ui": settings.page,
        "ui_settings": {},
        **told,
        "bos_token": "" if vocab.bos is None else vocab.text(vocab.bos),
        "eos_token": "" if vocab.eos is None else vocab.text(vocab.eos),
        "build_info": fingerprint(),
        "is_sleeping": False,
        "cors_proxy_enabled": False,
    }


def _template(llama: Llama) -> dict[str, Any]:
    """What writes the prompts of conversations, and what llama.cpp knows that it can."""
    handler: Any = llama._handler()  # noqa: SLF001 - a Llama has no public word for who answers
    template = getattr(handler, "template", None)  # none of a format that a function writes
    told: dict[str, Any] = {"chat_template": "" if template is None else template.text, "chat_template_caps": {}}
    with suppress(TemplateError):  # llama.cpp does not take it, or writes it by itself
        told["chat_template_caps"] = {} if template is None else template.format.capabilities
    with_tools = llama.model.chat_template("tool_use")
    return told if with_tools is None else {**told, "chat_template_tool_use": with_tools}
