"""`llamacffi generate`: a text, continued."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from llamacffi.cli import options
from llamacffi.cli.loading import opened, print_speed, say
from llamacffi.generation import stream_generate

__all__ = ["generate"]


def generate(
    text: Annotated[str | None, typer.Argument(help="What to continue.", show_default="standard input")] = None,
    *,
    model: options.ModelName = options.DEFAULT_MODEL,
    max_tokens: options.MaxTokens = 128,
    temperature: options.Temperature = None,
    top_k: options.TopK = None,
    top_p: options.TopP = None,
    min_p: options.MinP = None,
    repeat_penalty: options.RepeatPenalty = None,
    seed: options.Seed = None,
    ctx: options.ContextSize = None,
    threads: options.Threads = None,
) -> None:
    """Continue a text, as it stands: no chat template is put around it."""
    params = options.sampling(
        max_tokens=max_tokens,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        repeat_penalty=repeat_penalty,
        seed=seed,
    )
    prompt = sys.stdin.read() if text is None else text
    if not prompt:
        raise typer.BadParameter("there is no text to continue")
    with opened(model, n_ctx=ctx, threads=threads) as sequence:
        say(prompt)
        for chunk in stream_generate(sequence, prompt, params):
            say(chunk.text)
            if chunk.finish is not None:
                say("\n")
                print_speed(chunk.finish)
