"""`llamacffi chat`: one question, or a conversation."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from llamacffi.chat import ChatSession
from llamacffi.cli import options
from llamacffi.cli.loading import opened, print_speed, say
from llamacffi.core.media import Media
from llamacffi.errors import ContextOverflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.generation import Finish

__all__ = ["chat"]


def chat(
    question: Annotated[
        str | None, typer.Argument(help="What to ask.", show_default="a conversation, or standard input")
    ] = None,
    *,
    model: options.ModelName = options.DEFAULT_MODEL,
    image: options.Image = None,
    audio: options.Audio = None,
    mmproj: options.Mmproj = None,
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
    """Ask a model; without a question, talk with it: /clear begins anew, Ctrl-C stops an answer, Ctrl-D ends.

    Pictures and sounds go with the first question.
    """
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
    media = [Media.image(path) for path in image or ()] + [Media.audio(path) for path in audio or ()]
    with opened(model, n_ctx=ctx, threads=threads, mmproj=mmproj, sees=bool(media)) as sequence:
        # Thoughts are shown as the model writes them.
        session = ChatSession(sequence, system=system, params=params, reasoning="none", overflow="error")
        if question:
            print_speed(_ask(session, question, media))
        else:
            _talk(session, media)


def _ask(session: ChatSession, question: str, media: Sequence[Media] = ()) -> Finish:
    """Print the answer as it comes, and return how it ended; what was printed is kept whatever stops it."""
    # Raises when the prompt does not fit: the question is then not part of the conversation.
    stream = session.stream([*media, question] if media else question)
    try:
        for delta in stream:
            say(delta.content)
    finally:
        say("\n")
    return stream.reply.finish


def _talk(session: ChatSession, media: Sequence[Media]) -> None:
    with suppress(ImportError):  # not on Windows
        import readline  # noqa: F401 - gives input() its line editing and history
    while True:
        try:
            question = input("> ").strip()
        except EOFError:
            say("\n")
            return
        if question == "/clear":
            session.messages = [message for message in session.messages if message["role"] == "system"]
        elif question:
            _answer(session, question, media)
            media = ()


def _answer(session: ChatSession, question: str, media: Sequence[Media]) -> None:
    try:
        print_speed(_ask(session, question, media))
    except KeyboardInterrupt:  # stops the answer, not the conversation
        print("(stopped)", file=sys.stderr)
    except ContextOverflow as error:
        print(f"{error}; or /clear to begin anew", file=sys.stderr)
