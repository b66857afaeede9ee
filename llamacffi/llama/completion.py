"""Text that continues a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from llamacffi._native.convert import boolean, integer
from llamacffi.llama.base import LlamaBase
from llamacffi.llama.job import run, stream
from llamacffi.llama.params import CALL_DEFAULTS, CallOptions, all_options, request, sampling_params, wants_usage
from llamacffi.llama.signature import spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from typing_extensions import Unpack

    from llamacffi.core.media import Media
    from llamacffi.llama.completion_job import CompletionJob
    from llamacffi.llama.types import CreateCompletionResponse, CreateCompletionStreamResponse

    Tokens = Sequence[int | str | Media]
    Prompts = str | bytes | Sequence[int | str | Media | Tokens]

__all__ = ["COMPLETION_DEFAULTS", "CompletionOptions", "Completions", "completion_job"]


class CompletionOptions(CallOptions, total=False):
    """What `create_completion` takes beside its first arguments."""

    logprobs: int | None
    """Tell how probable each token was, and that many of the most probable ones."""
    echo: bool
    """Begin the text with the prompt; with `logprobs` the prompt's tokens are told of too."""
    best_of: int | None
    """Make that many answers, and return the `n` whose tokens are on average the most probable, the best first."""


COMPLETION_DEFAULTS: dict[str, Any] = {**CALL_DEFAULTS, "logprobs": None, "echo": False, "best_of": None}


class Completions(LlamaBase):
    """The calls that complete text."""

    @overload
    def create_completion(
        self,
        prompt: Prompts,
        suffix: str | None = None,
        max_tokens: int | None = 16,
        temperature: float = 0.8,
        *,
        stream: Literal[False] = False,
        **options: Unpack[CompletionOptions],
    ) -> CreateCompletionResponse: ...
    @overload
    def create_completion(
        self,
        prompt: Prompts,
        suffix: str | None = None,
        max_tokens: int | None = 16,
        temperature: float = 0.8,
        *,
        stream: Literal[True],
        **options: Unpack[CompletionOptions],
    ) -> Iterator[CreateCompletionStreamResponse]: ...
    @overload
    def create_completion(
        self,
        prompt: Prompts,
        suffix: str | None = None,
        max_tokens: int | None = 16,
        temperature: float = 0.8,
        *,
        stream: bool,
        **options: Unpack[CompletionOptions],
    ) -> CreateCompletionResponse | Iterator[CreateCompletionStreamResponse]: ...
    @spelt_out(CompletionOptions, COMPLETION_DEFAULTS)
    def create_completion(
        self,
        prompt: Prompts,
        suffix: str | None = None,
        max_tokens: int | None = 16,
        temperature: float = 0.8,
        *,
        stream: bool = False,
        **options: Unpack[CompletionOptions],
    ) -> CreateCompletionResponse | Iterator[CreateCompletionStreamResponse]:
        """Continue a prompt: a text, token ids, a list of texts and `Media` in their order, or a list of prompts.

        Those of a list are answered together: choice i answers prompt i, or with `n` prompt i // n. `max_tokens` None
        or 0 goes on until the context is full. With a `suffix` the answer is what belongs between the two, by the
        model's own tokens for that. A stream gives parts of the same shape; an error in the arguments comes with the
        call, not with the first part. A finish reason is "stop" or "length"; what `timeout` ended is "length".

        Raises TypeError for arguments of a wrong type and for unknown ones, ValueError for values that cannot be and
        for a prompt that is too long (ContextOverflow), GrammarError, TokenizeError, ClosedError.
        """
        job = completion_job(
            self,
            prompt,
            options,
            suffix=suffix,
            max_tokens=max_tokens,
            temperature=temperature,
            streams=boolean("stream", stream),
        )
        return _stream(self, job) if job.streams else run(self.engine, job)

    __call__ = create_completion


def completion_job(
    llama: LlamaBase,
    prompt: Any,
    options: Mapping[str, Any],
    *,
    suffix: str | None = None,
    max_tokens: int | None = 16,
    temperature: float = 0.8,
    streams: bool = False,
) -> CompletionJob:
    """The job of one call. Raises what is wrong with its arguments."""
    from llamacffi.engine.many import Many
    from llamacffi.llama.completion_job import CompletionJob
    from llamacffi.llama.prompts import prompts

    options = all_options(options, COMPLETION_DEFAULTS, "create_completion")
    n_top, echo = options["logprobs"], boolean("echo", options["echo"])
    if n_top is not None:
        n_top = integer("logprobs", n_top, 0, llama.n_vocab())
    if streams and options["best_of"] is not None:
        message = f"best_of={options['best_of']} ranks whole answers, and a stream gives them before they are whole"
        raise ValueError(message)
    params = sampling_params(
        llama,
        options,
        max_tokens=max_tokens,
        temperature=temperature,
        logprobs=n_top,
        prompt_logprobs=n_top if echo else None,
    )
    asked = prompts(llama, prompt, suffix)
    many = [
        Many.of(llama.vocab, request(llama, one.tokens, params, options), options["n"], options["best_of"])
        for one in asked
    ]
    return CompletionJob(
        list(zip(asked, many, strict=True)),
        model=llama.model_path if options["model"] is None else options["model"],
        echo=echo,
        tells=n_top is not None,
        streams=streams,
        usage=wants_usage(options) and streams,
    )


def _stream(llama: LlamaBase, job: CompletionJob) -> Iterator[CreateCompletionStreamResponse]:
    return stream(llama.engine, job)
