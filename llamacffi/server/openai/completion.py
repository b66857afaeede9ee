"""From a request for completions to the job that makes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import integer
from llamacffi.engine.many import Many
from llamacffi.llama.completion import COMPLETION_DEFAULTS
from llamacffi.llama.completion_job import CompletionJob
from llamacffi.llama.params import request, sampling_params
from llamacffi.llama.prompts import prompts
from llamacffi.server.errors import ApiError
from llamacffi.server.native.prompts import read_prompts
from llamacffi.server.openai.told import ToldJob
from llamacffi.server.turn_options import turn_options

if TYPE_CHECKING:
    from llamacffi.server.media import MediaIntake
    from llamacffi.server.models.served import Served
    from llamacffi.server.schemas.completions import CompletionRequest

__all__ = ["completion_of"]

_MAX_TOKENS = 16
"""As OpenAI's API has it."""


def completion_of(asked: CompletionRequest, served: Served, salt: str | None, media: MediaIntake) -> ToldJob:
    """The job; `media` reads pictures. Raises ApiError, and what `create_completion` raises of its arguments."""
    streams, best_of, n = bool(asked.stream), asked.best_of, asked.n or 1
    if best_of is not None and best_of < n:
        message = f"best_of is {best_of}, fewer than the {n} answers that are wanted of them; make it n or more"
        raise ApiError(400, message, param="best_of")
    if streams and best_of is not None and best_of > n:
        message = f"best_of={best_of} ranks whole answers, and a stream gives them before they are whole"
        raise ApiError(400, message, param="best_of")
    llama = served.llama
    fields = asked.options()
    n_top = asked.n_probs if asked.logprobs is None else asked.logprobs
    if n_top is not None:
        n_top = integer("logprobs", n_top, 0, llama.n_vocab())
    said = turn_options(fields, {}, served, salt)
    options = {**COMPLETION_DEFAULTS, **{name: said[name] for name in said if name in COMPLETION_DEFAULTS}}
    limit = fields.get("max_tokens", _MAX_TOKENS if said["max_tokens"] is None else said["max_tokens"])
    params = sampling_params(
        llama,
        options,
        max_tokens=limit,
        temperature=said["temperature"],
        logprobs=n_top,
        prompt_logprobs=n_top if asked.echo else None,
    )
    if limit == 0:  # which elsewhere is no limit: here it asks for the prompt alone
        params = replace(params, max_tokens=0)
    given: Any = asked.prompt
    single = not isinstance(given, list) or isinstance(given[0], int)
    read = read_prompts([given] if single else given, lambda data: media.data(data, served, salt, "prompt"), "prompt")
    several = prompts(llama, read[0] if single else read, asked.suffix or None)
    ranked = None if streams else best_of
    many = [Many.of(llama.vocab, request(llama, one.tokens, params, options), n, ranked) for one in several]
    firsts = [0]
    for one in many[:-1]:
        firsts.append(firsts[-1] + len(one.requests))
    job = CompletionJob(
        list(zip(several, many, strict=True)),
        model=served.name,
        echo=bool(asked.echo),
        tells=n_top is not None,
        streams=streams,
        usage=streams and asked.wants_usage,
    )
    return ToldJob(job, asked, firsts)
