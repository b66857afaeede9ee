"""The lines of a file of prompts, one JSON object each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import unknown_option
from llamacffi.generation import SamplingParams

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DIGEST_BYTES", "Ask", "Record", "parsed", "records"]

DIGEST_BYTES = 8

_NOT_IN_JSON = {"logits_processor", "stopping_criteria", "reasoning_budget", "prompt_logprobs"}
_PARAMS = {field.name for field in fields(SamplingParams)} - _NOT_IN_JSON
_KEYS = {"prompt", "messages", "id", "custom_id"}


@dataclass(frozen=True)
class Record:
    """A line that is not blank."""

    line: int
    """Its number, from 1."""
    text: bytes
    digest: str
    """Of the file from its first byte to the end of this line."""


def records(path: Path) -> Iterator[Record]:
    """Read the lines one by one. Raises OSError."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            line = text.removeprefix(b"\xef\xbb\xbf") if number == 1 else text
            # A last line may get its end later, when others are put behind it.
            digest.update(line if line.endswith(b"\n") else line + b"\n")
            if line.strip():
                yield Record(number, line, digest.hexdigest())


@dataclass(frozen=True)
class Ask:
    """What a line asks for."""

    id: Any
    prompt: str | list[int] | None
    messages: list[dict[str, Any]] | None
    params: SamplingParams


def parsed(record: Record, params: SamplingParams) -> Ask:
    """What a line asks for, beside `params`. Raises ValueError or TypeError for what it cannot."""
    try:
        line = json.loads(record.text)
    except RecursionError:
        message = "its JSON is nested too deeply"
        raise ValueError(message) from None
    if not isinstance(line, dict):
        message = f"it is {_short(line)}, but must be a JSON object with a prompt or messages"
        raise TypeError(message)
    for name in line.keys() - _KEYS - _PARAMS:
        raise unknown_option(name, _KEYS | _PARAMS, "a line")
    prompt, messages = line.get("prompt"), line.get("messages")
    if (prompt is None) == (messages is None):
        message = "it must have either a prompt or messages"
        raise ValueError(message)
    if prompt is not None and not isinstance(prompt, (str, list)):
        message = f"its prompt is {_short(prompt)}, but must be a text or a list of token ids"
        raise TypeError(message)
    if messages is not None and not isinstance(messages, list):
        message = f"its messages are {_short(messages)}, but must be a list of objects"
        raise TypeError(message)
    own = {name: value for name, value in line.items() if name in _PARAMS}
    if isinstance(own.get("logit_bias"), dict):  # JSON has no other keys than texts
        own["logit_bias"] = {int(key) if key.isdecimal() else key: bias for key, bias in own["logit_bias"].items()}
    seed = None if params.seed is None else (params.seed + record.line) % (2**32 - 1)  # not one for all lines
    return Ask(line.get("id", line.get("custom_id")), prompt, messages, replace(params, **{"seed": seed, **own}))


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:40] + "…"
