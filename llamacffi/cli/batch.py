"""`llamacffi batch`: a file of prompts, answered many at a time; killed, it goes on where it stopped."""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import asdict, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llamacffi.chat import ChatTemplate
from llamacffi.cli import options
from llamacffi.cli.journal import Journal
from llamacffi.cli.loading import loaded
from llamacffi.cli.progress import counting_bar
from llamacffi.cli.records import parsed, records
from llamacffi.engine import Engine
from llamacffi.errors import LlamaError
from llamacffi.generation import SamplingParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llamacffi.cli.records import Ask, Record
    from llamacffi.core.model import Model
    from llamacffi.engine import Stream
    from llamacffi.generation import Completion
    from llamacffi.generation.logprobs import TokenLogprob, TopLogprob

__all__ = ["batch"]

_AHEAD = 4  # times n_parallel: how many lines are read before the first of them is answered


def batch(
    prompts: Annotated[
        Path,
        typer.Argument(
            help="Lines of JSON: a prompt or messages, an id, sampling options.", exists=True, dir_okay=False
        ),
    ],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file for the answers, a line of JSON each.")],
    model: options.ModelName = options.DEFAULT_MODEL,
    on_error: Annotated[
        str,
        typer.Option("--on-error", help="What a bad line does: stop, or skip, which writes the error as its answer."),
    ] = "stop",
    restart: Annotated[bool, typer.Option("--restart", help="Answer all again, whatever the output holds.")] = False,
    parallel: Annotated[int, typer.Option("--parallel", "-p", min=1, max=256, help="Requests at a time.")] = 16,
    max_tokens: Annotated[int, typer.Option("--max-tokens", "-n", min=0)] = 512,
    temperature: options.Temperature = None,
    top_k: options.TopK = None,
    top_p: options.TopP = None,
    min_p: options.MinP = None,
    repeat_penalty: options.RepeatPenalty = None,
    seed: options.Seed = None,
    ctx: Annotated[int, typer.Option("--ctx", min=1, help="Tokens of context, shared by all.")] = 8192,
    threads: options.Threads = None,
) -> None:
    """Answer a file of prompts, a line of JSON each; after a kill, the same command goes on where it stopped."""
    if on_error not in ("stop", "skip"):
        message = f"--on-error is {on_error!r}, but must be stop or skip"
        raise typer.BadParameter(message)
    given = {
        "max_tokens": max_tokens,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "repeat_penalty": repeat_penalty,
        "seed": seed,
    }
    params = options.sampling(**given)
    with loaded(model) as opened, Journal(output, _made_of(opened, given, ctx), restart=restart) as journal:
        engine_options: dict[str, Any] = {} if threads is None else {"n_threads": threads, "n_threads_batch": threads}
        with Engine(opened, n_ctx=ctx, n_parallel=parallel, **engine_options) as engine:
            params = replace(params, seed=params.seed if seed is not None else journal.seed)
            work = _Batch(engine, params, ahead=_AHEAD * parallel)
            work.run(prompts, journal, stop=on_error == "stop")


def _made_of(model: Model, given: dict[str, Any], n_ctx: int) -> dict[str, Any]:
    """What answers depend on; those to other options are not to be mixed with them."""
    made_of = {"model": model.fingerprint, "ctx": n_ctx}
    made_of |= {name: one for name, one in given.items() if one is not None}
    return made_of if "seed" in made_of else {**made_of, "drawn_seed": SamplingParams().drawn_seed()}


class _Batch:
    """Lines on their way through an engine."""

    def __init__(self, engine: Engine, params: SamplingParams, *, ahead: int) -> None:
        self._engine, self._params, self._ahead = engine, params, ahead

    def run(self, prompts: Path, journal: Journal, *, stop: bool) -> None:
        """Answer what is not answered yet. Raises LlamaError for a bad line if it is to `stop` there."""
        n_before, n_bad = journal.n_done, 0
        n_all = sum(1 for _ in records(prompts))
        if n_before > n_all:
            message = (
                f"the output has {n_before} answers, {prompts} only {n_all} lines; it is not what they were made of"
            )
            raise LlamaError(message)
        lines = records(prompts)
        for record in deque(islice(lines, n_before), maxlen=1):
            journal.check(record)
        with counting_bar("answering", done=n_before, total=n_all) as advance:
            for record, ask, answer in self._answers(lines):
                if isinstance(answer, Exception):
                    if stop:
                        message = f"{prompts}, line {record.line}: {answer}; change it, or go on with --on-error skip"
                        raise LlamaError(message) from answer
                    n_bad += 1
                journal.write(record, _told(record, ask, answer))
                advance()
        text = f"{journal.n_done - n_before} lines answered" + (f", {n_bad} of them with an error" if n_bad else "")
        print(text + (f"; {n_before} were before" if n_before else ""), file=sys.stderr)

    def _answers(self, lines: Iterable[Record]) -> Iterator[tuple[Record, Ask | None, Completion | Exception]]:
        """Each line with its answer, or with what is wrong with it, in their order; only some lines are read ahead."""
        under_way: deque[tuple[Record, Ask | None, Stream | Exception]] = deque()
        try:
            for record in lines:
                under_way.append((record, *self._begin(record)))
                if len(under_way) >= self._ahead:
                    yield self._end(*under_way[0])
                    under_way.popleft()
            while under_way:
                yield self._end(*under_way[0])
                under_way.popleft()
        finally:
            for _, _, stream in under_way:
                if not isinstance(stream, Exception):
                    stream.cancel()

    def _begin(self, record: Record) -> tuple[Ask | None, Stream | Exception]:
        ask = None
        try:
            ask = parsed(record, self._params)
            prompt = ask.prompt
            if ask.messages is not None:
                prompt = self._template.encode(ask.messages, self._engine.model.vocab)
            assert prompt is not None, "a line has one of them"
            return ask, self._engine.submit(prompt, ask.params)
        except (ValueError, TypeError, LlamaError) as error:
            if self._engine.closed:
                raise
            return ask, error

    def _end(
        self, record: Record, ask: Ask | None, stream: Stream | Exception
    ) -> tuple[Record, Ask | None, Completion | Exception]:
        if isinstance(stream, Exception):
            return record, ask, stream
        try:
            return record, ask, stream.completion()
        except (ValueError, TypeError, LlamaError) as error:
            if self._engine.closed:  # it is not the line
                raise
            return record, ask, error

    @cached_property
    def _template(self) -> ChatTemplate:
        return ChatTemplate.from_model(self._engine.model)


def _told(record: Record, ask: Ask | None, answer: Completion | Exception) -> dict[str, Any]:
    told: dict[str, Any] = {} if ask is None or ask.id is None else {"id": ask.id}
    told["line"] = record.line
    if isinstance(answer, Exception):
        return {**told, "error": {"type": type(answer).__name__, "message": str(answer)}}
    usage = asdict(answer.usage)
    usage.pop("cached_tokens")  # depends on what else was answered at the time
    told |= {"text": answer.text, "finish_reason": answer.finish_reason, "usage": usage, "seed": answer.seed}
    if answer.logprobs:
        told["logprobs"] = [{**_spelt(one), "top": [_spelt(other) for other in one.top]} for one in answer.logprobs]
    return told


def _spelt(told: TokenLogprob | TopLogprob) -> dict[str, Any]:
    return {"token": told.token, "text": told.piece.decode("utf-8", "replace"), "logprob": told.logprob}
