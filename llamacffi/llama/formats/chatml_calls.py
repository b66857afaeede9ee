"""ChatML with functions that any model can call: `chatml-function-calling`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from llamacffi.llama.formats.layout import text_of
from llamacffi.llama.formats.sections import Sections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CALLS", "STOP", "prompt"]

STOP = "<|im_end|>"

CALLS = Sections(
    heading=re.compile(r"\s*(?:message:\n?|functions\.(?P<name>[\w.-]+):\n?)"),
    openings=("\nfunctions.",),
    begins_with_heading=True,
    say=r'"message:\n" [^\x00]*',
    call=("functions.", ":\n"),
    next='"\\n"',
    end=STOP,
    markers=(STOP,),
)
"""How replies are written when there are functions."""

_INSTRUCTIONS = """

You can respond to users messages with either a single message or one or more function calls.

To respond with a message begin the message with 'message:', use the following format:

message:
<message>

To respond with one or more function calls begin the message with 'functions.<function_name>:', use the following format:

functions.<function_name>:
{ "arg1": "value1", "arg2": "value2" }
functions.<function_name>:
{ "arg1": "value1", "arg2": "value2" }"""  # noqa: E501 - as models have read it


def prompt(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> str:
    """Write the prompt; the functions are told in the system message."""
    return "".join(_turn(i, message, tools) for i, message in enumerate(messages)) + "<|im_start|>assistant\n"


def _turn(i: int, message: Mapping[str, Any], tools: Sequence[Mapping[str, Any]]) -> str:
    role, text = message["role"], text_of(i, message)
    parts = [f"<|im_start|>{role}\n"]
    if role == "assistant":
        if text:
            parts += ["message:\n" if tools else "", text, f"{STOP}\n"]
        calls = message.get("tool_calls") or ()
        parts += [f"functions.{call['function']['name']}:\n{_arguments(call['function'])}" for call in calls]
        parts += [f"{STOP}\n"] if calls or not text else []
    else:
        parts += [text, _told(tools) if role == "system" and tools else "", f"{STOP}\n"]
    return "".join(parts)


def _arguments(function: Mapping[str, Any]) -> str:
    arguments = function["arguments"]
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


def _told(tools: Sequence[Mapping[str, Any]]) -> str:
    described = "".join(
        f"\nfunctions.{tool['function']['name']}:\n{_escaped(tool['function'].get('parameters') or {})}\n"
        for tool in tools
    )
    return f"\n\nYou have access to the following functions:\n{described}{_INSTRUCTIONS}"


def _escaped(parameters: Mapping[str, Any]) -> str:
    """JSON with sorted keys, in which nothing could be taken for HTML: what the filter `tojson` of jinja2 writes."""
    text = json.dumps(parameters, sort_keys=True)
    return re.sub("[<>&']", lambda found: f"\\u{ord(found[0]):04x}", text)
