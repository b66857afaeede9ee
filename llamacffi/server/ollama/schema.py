"""What Ollama's routes are asked with."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from llamacffi.errors import TemplateError
from llamacffi.server.schemas.base import Finite, Integer

__all__ = [
    "ChatRequest",
    "EmbedRequest",
    "EmbeddingsRequest",
    "GenerateRequest",
    "Options",
    "ShowRequest",
    "options_of",
    "seconds_of",
]

_MAX_TOP = 20
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_AS_THEY_ARE = (
    "frequency_penalty",
    "min_p",
    "mirostat_eta",
    "mirostat_tau",
    "presence_penalty",
    "repeat_last_n",
    "repeat_penalty",
    "seed",
    "temperature",
    "top_k",
    "top_p",
    "typical_p",
)


class Options(BaseModel):
    """How to sample; what of Ollama's options says how a model is loaded is not looked at."""

    model_config = ConfigDict(extra="allow")

    frequency_penalty: Finite | None = None
    min_p: Finite | None = None
    mirostat: Integer | None = None
    mirostat_eta: Finite | None = None
    mirostat_tau: Finite | None = None
    num_keep: Integer | None = None
    num_predict: Integer | None = Field(default=None, description="How many tokens at most; below 0 there is no limit")
    presence_penalty: Finite | None = None
    repeat_last_n: Integer | None = None
    repeat_penalty: Finite | None = None
    seed: Integer | None = None
    stop: str | list[str] | None = None
    temperature: Finite | None = None
    top_k: Integer | None = None
    top_p: Finite | None = None
    typical_p: Finite | None = None


class Asked(BaseModel):
    """What all of them have."""

    model_config = ConfigDict(extra="allow")

    model: str | None = None
    keep_alive: Finite | str | None = Field(
        None, description='Seconds, or "5m"; 0 unloads the model, below 0 is for ever'
    )
    options: Options | None = None


class Answered(Asked):
    """What those have that generate."""

    format: str | dict[str, Any] | None = Field(default=None, description='"json", or a JSON Schema')
    logprobs: bool | None = None
    stream: bool | None = Field(default=None, description="True unless said otherwise")
    think: bool | str | None = Field(default=None, description='Whether to think, or how much: "low", "medium", "high"')
    top_logprobs: Integer | None = Field(default=None, ge=0, le=_MAX_TOP)


class ChatRequest(Answered):
    """A conversation; without messages the model is loaded, or unloaded."""

    messages: list[dict[str, Any]] | None = None
    tools: list[dict[str, Any]] | None = None


class GenerateRequest(Answered):
    """A prompt; without one the model is loaded, or unloaded."""

    context: list[int] | None = None
    images: list[str] | None = Field(default=None, description="In base64, for models that see; after the prompt")
    prompt: str | None = None
    raw: bool | None = Field(default=None, description="The prompt is no question, but text to go on from")
    suffix: str | None = None
    system: str | None = None
    template: str | None = None


class EmbedRequest(Asked):
    """Texts to embed."""

    dimensions: Integer | None = Field(default=None, ge=1)
    input: str | list[str]
    truncate: bool | None = None


class EmbeddingsRequest(Asked):
    """A text to embed, as it was asked before /api/embed."""

    prompt: str | None = None


class ShowRequest(BaseModel):
    """A model to be told of."""

    model_config = ConfigDict(extra="allow")

    model: str | None = None
    name: str | None = None


def options_of(asked: Answered) -> dict[str, Any]:
    """What the request says in Ollama's words, in llama.cpp's. Raises TemplateError."""
    given = asked.options or Options()
    options: dict[str, Any] = {name: getattr(given, name) for name in _AS_THEY_ARE}
    options |= {"mirostat": given.mirostat, "n_keep": given.num_keep, "stop": given.stop}
    if given.num_predict is not None:
        options["max_tokens"] = max(given.num_predict, -1)
    if asked.think is not None:
        options["enable_thinking"] = asked.think not in (False, "none")
        if isinstance(asked.think, str):
            options["reasoning_effort"] = asked.think
    if asked.format == "json":
        options["response_format"] = {"type": "json_object"}
    elif isinstance(asked.format, dict):
        options["response_format"] = {"type": "json_schema", "json_schema": {"schema": asked.format}}
    elif asked.format:
        message = f'format is {asked.format!r:.200}, but must be "json" or a JSON Schema'
        raise TemplateError(message)
    if asked.logprobs:
        options["logprobs"], options["top_logprobs"] = True, asked.top_logprobs or 0
    return {name: value for name, value in options.items() if value is not None}


def seconds_of(keep_alive: Finite | str) -> float:
    """Seconds of a duration as Go writes it, "1h30m". Raises TemplateError for what is none."""
    if isinstance(keep_alive, (int, float)):
        return float(keep_alive)
    import re

    text = keep_alive.strip()
    sign = -1.0 if text.startswith("-") else 1.0
    text = text.lstrip("+-")
    try:
        return sign * float(text)
    except ValueError:
        pass
    parts = re.findall(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)", text)
    if not parts or "".join(map("".join, parts)) != text:
        message = f'keep_alive is {keep_alive!r:.200}, but must be seconds, or a duration such as "5m"'
        raise TemplateError(message)
    return sign * sum(float(number) * _UNITS[unit] for number, unit in parts)
