"""The options that commands share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from llamacffi.generation import SamplingParams

__all__ = [
    "DEFAULT_MODEL",
    "Audio",
    "ContextSize",
    "Image",
    "MaxTokens",
    "MinP",
    "Mmproj",
    "ModelName",
    "RepeatPenalty",
    "Seed",
    "Temperature",
    "Threads",
    "TopK",
    "TopP",
    "sampling",
]

DEFAULT_MODEL = "smollm2-135m-instruct"

_DEFAULTS = SamplingParams()


def _of_the_library(name: str, help_text: str | None = None) -> Any:
    """An option named after a sampling parameter, whose default stays the library's."""
    flag = "--" + name.replace("_", "-")
    return typer.Option(flag, help=help_text, show_default=str(getattr(_DEFAULTS, name)))


ModelName = Annotated[
    str,
    typer.Option("--model", "-m", help="A name of `llamacffi models`, hf:owner/repo:Q4_K_M, or a GGUF file."),
]
Mmproj = Annotated[
    str | None,
    typer.Option(
        "--mmproj", help="The projector's file.", show_default="the one beside the model or in its repository"
    ),
]
Image = Annotated[list[Path] | None, typer.Option("--image", "-i", help="A picture to ask about; may be given again.")]
Audio = Annotated[list[Path] | None, typer.Option("--audio", "-a", help="A sound to ask about; may be given again.")]
ContextSize = Annotated[
    int | None, typer.Option("--ctx", min=1, help="Tokens of context.", show_default="the model's own, at most 4096")
]
Threads = Annotated[int | None, typer.Option("--threads", "-t", min=1, show_default="the cores that may be used")]
MaxTokens = Annotated[int | None, typer.Option("--max-tokens", "-n", min=0, show_default="until the model ends")]
Seed = Annotated[int | None, typer.Option("--seed", show_default="a random one")]
Temperature = Annotated[float | None, _of_the_library("temperature", "0 takes the best token.")]
TopK = Annotated[int | None, _of_the_library("top_k")]
TopP = Annotated[float | None, _of_the_library("top_p")]
MinP = Annotated[float | None, _of_the_library("min_p")]
RepeatPenalty = Annotated[float | None, _of_the_library("repeat_penalty", "1 is none.")]


def sampling(**given: Any) -> SamplingParams:
    """The sampling options that were given; the others keep the library's defaults."""
    try:
        return SamplingParams(**{name: value for name, value in given.items() if value is not None})
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
