"""From a request for llama-server's own completions to the job that makes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import integer
from llamacffi.chat.media import MARKER
from llamacffi.core.media_tokens import runs
from llamacffi.engine.many import Many
from llamacffi.generation.infill import infill_prompt
from llamacffi.llama.completion import COMPLETION_DEFAULTS
from llamacffi.llama.params import request, sampling_params
from llamacffi.server.native.job import NativeJob
from llamacffi.server.native.limits import IndentLimit, TimeLimit
from llamacffi.server.native.prompts import See, native_prompts
from llamacffi.server.native.settings import settings_of
from llamacffi.server.schemas.native import InfillRequest, NativeRequest
from llamacffi.server.turn_options import turn_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.engine import Request
    from llamacffi.server.media import MediaIntake
    from llamacffi.server.models.served import Served

__all__ = ["native_of"]


def native_of(asked: NativeRequest, served: Served, salt: str | None, media: MediaIntake) -> NativeJob:
    """The job; `media` reads pictures. Raises ApiError, and what `create_completion` raises of its arguments."""
    llama, fields = served.llama, asked.options()
    said = turn_options(fields, {}, served, salt)
    options = {**COMPLETION_DEFAULTS, **{name: said[name] for name in said if name in COMPLETION_DEFAULTS}}
    n_top = integer("n_probs", asked.n_probs or 0, 0, llama.n_vocab()) or None
    limit = said["max_tokens"]
    params = sampling_params(
        llama, options, max_tokens=limit, temperature=said["temperature"], logprobs=n_top, prompt_logprobs=None
    )
    if limit == 0:  # which elsewhere is no limit: here it asks for the prompt to be computed
        params = replace(params, max_tokens=0)
    prompts, several = _prompts(asked, served, params.max_tokens, lambda data: media.data(data, served, salt, "prompt"))
    n = asked.n_cmpl or asked.n or 1
    requests: list[Request] = []
    for tokens in prompts:
        requests += Many.of(llama.vocab, request(llama, tokens, params, options), n).requests
    requests = [_limited(one, asked) for one in asked.told(requests)]

    def spelt(tokens: Sequence[int]) -> str:
        texts = [
            MARKER if run[0] < 0 else llama.detokenize(run, special=True).decode("utf-8", "replace")
            for run in runs(tokens)
            if run
        ]
        return "".join(texts)

    return NativeJob(
        requests,
        asked,
        model=served.name,
        spelt=spelt,
        several=several or n > 1,
        settings=lambda params, seed: settings_of(params, seed, served, asked),
    )


def _limited(request: Request, asked: NativeRequest) -> Request:
    """With the ends that are said in milliseconds and in spaces; they remember, so each request has its own."""
    criteria: list[Any] = []
    if (asked.t_max_predict_ms or 0) > 0:
        criteria.append(TimeLimit(asked.t_max_predict_ms or 0))
    if (asked.n_indent or 0) > 0:
        criteria.append(IndentLimit(asked.n_indent or 0))
    return replace(request, params=replace(request.params, stopping_criteria=criteria)) if criteria else request


def _prompts(asked: NativeRequest, served: Served, max_tokens: int | None, see: See) -> tuple[list[list[int]], bool]:
    if not isinstance(asked, InfillRequest):
        return native_prompts(served.llama, asked.prompt, see)
    llama = served.llama
    tokens = infill_prompt(
        llama.vocab,
        asked.input_prefix,
        asked.input_suffix,
        prompt=asked.prompt,
        extra=[(one.filename, one.text) for one in asked.input_extra or ()],
        order="spm" if llama.spm_infill else "psm",
        n_batch=llama.n_batch,
        n_ctx=served.n_ctx,
        max_tokens=max_tokens,
    )
    return [tokens], False
