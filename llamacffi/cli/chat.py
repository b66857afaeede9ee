"""`llamacffi chat`: one question, or a conversation."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Annotated

import typer

from llamacffi.chat import ChatTemplate, Message
from llamacffi.cli import options
from llamacffi.cli.loading import opened, print_speed, say
from llamacffi.errors import ContextOverflow
from llamacffi.generation import Chunk, SamplingParams, Sequence, stream_generate

__all__ = ["chat"]


def chat(
    question: Annotated[
        str | None, typer.Argument(help="What to ask.", show_default="a conversation, or standard input")
    ] = None,
    *,
    model: options.ModelName = options.DEFAULT_MODEL,
    system: Annotated[str | None, typer.Option("--system", "-s", help="What the model is told first.")] = None,
    max_tokens: options.MaxTokens = None,
    temperature: options.Temperature = None,
    top_k: options.TopK = None,
    top_p: options.TopP = None,
    min_p: options.MinP = None,
    repeat_penalty: options.RepeatPenalty = None,
    seed: options.Seed = None,
    ctx: options.ContextSize = None,
    threads: options.Threads = None,
) -> None:
    """Ask a model; without a question, talk with it: /clear begins anew, Ctrl-C stops an answer, Ctrl-D ends."""
    params = options.sampling(
        max_tokens=max_tokens,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        repeat_penalty=repeat_penalty,
        seed=seed,
    )
    talk = question is None and sys.stdin.isatty()
    if question is None and not talk:
        question = sys.stdin.read().strip()
    if not talk and not question:
        raise typer.BadParameter("there is no question")
    with opened(model, n_ctx=ctx, threads=threads) as sequence:
        conversation = _Conversation(sequence, system, params)
        if question:
            print_speed(conversation.ask(question))
        else:
            _talk(conversation)


class _Conversation:
    """The messages so far, and the sequence that holds their tokens: each question costs only what is new."""

    def __init__(self, sequence: Sequence, system: str | None, params: SamplingParams) -> None:
        self._sequence = sequence
        self._params = params
        self._template = ChatTemplate.from_model(sequence.context.model)
        self._system = system
        self.clear()

    def clear(self) -> None:
        self._messages: list[Message] = [] if self._system is None else [{"role": "system", "content": self._system}]

    def ask(self, question: str) -> Chunk:
        """Print the answer as it comes, and return its last chunk; what was printed is kept whatever stops it."""
        messages: list[Message] = [*self._messages, {"role": "user", "content": question}]
        prompt = self._template.render(messages)
        answer: list[str] = []
        # Raises when the prompt does not fit: the question is then not part of the conversation.
        chunks = stream_generate(self._sequence, prompt, self._params)
        try:
            for chunk in chunks:
                answer.append(chunk.text)
                say(chunk.text)
        finally:
            say("\n")
            self._messages = [*messages, {"role": "assistant", "content": "".join(answer)}]
        return chunk


def _talk(conversation: _Conversation) -> None:
    with suppress(ImportError):  # not on Windows
        import readline  # noqa: F401 - gives input() its line editing and history
    while True:
        try:
            question = input("> ").strip()
        except EOFError:
            say("\n")
            return
        if question == "/clear":
            conversation.clear()
        elif question:
            _answer(conversation, question)


def _answer(conversation: _Conversation, question: str) -> None:
    try:
        print_speed(conversation.ask(question))
    except KeyboardInterrupt:  # stops the answer, not the conversation
        print("(stopped)", file=sys.stderr)
    except ContextOverflow as error:
        print(f"{error}; or /clear to begin anew", file=sys.stderr)
