"""Tools for models whose template knows none: told in words, called in the form that most models have seen.

What is written into the system message is the form of Hermes, which Qwen and others took over; the grammar and the
reader of the reply are those that llama.cpp makes for a template of that form.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from llamacffi.core.chat_format import ChatFormat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["at_once", "told", "told_format"]

_TEMPLATE = """\
{%- if tools -%}
    {{- '<|im_start|>system\\n' -}}
    {%- for tool in tools -%}{{- tool | tojson + '\\n' -}}{%- endfor -%}
    {{- '<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
    {{- '<|im_start|>' + message.role + '\\n' -}}
    {%- if message.content -%}{{- message.content -}}{%- endif -%}
    {%- for call in message.tool_calls or [] -%}
        {{- '\\n<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' -}}
        {{- call.function.arguments | tojson -}}
        {{- '}\\n</tool_call>' -}}
    {%- endfor -%}
    {{- '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}
"""

_INSTRUCTIONS = """\
You can call these functions, one JSON description a line:
<tools>
{tools}
</tools>
To call one, answer with its name and arguments, and wait for the result:
<tool_call>
{{"name": <name>, "arguments": <object>}}
</tool_call>"""


@cache
def told_format() -> ChatFormat:
    """The format of the calls, in llama.cpp's engine."""
    return ChatFormat(_TEMPLATE)


def at_once(grammar: str) -> str:
    """The grammar of a required call, without the text that llama.cpp allows before it.

    A model that knows no tools would else talk until it has no room left.
    """
    return re.sub(r"^(root ::= .*)until-\d+\? ", r"\1", grammar, count=1, flags=re.MULTILINE)


def told(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The messages with the tools in the system's, and with calls and results as text."""
    functions = ({key: value for key, value in tool["function"].items() if key != "strict"} for tool in tools)
    lines = "\n".join(json.dumps(function, ensure_ascii=False) for function in functions)
    instructions = _INSTRUCTIONS.format(tools=lines)
    rest = [dict(message) for message in messages]
    system = ""
    if rest and rest[0]["role"] == "system":
        system = f"{rest.pop(0).get('content') or ''}\n\n"
    written: list[dict[str, Any]] = [{"role": "system", "content": system + instructions}]
    for message in rest:
        if message["role"] == "tool":
            result = f"<tool_response>\n{message.get('content') or ''}\n</tool_response>"
            if written[-1].get("is_result"):  # templates often want user and assistant by turns
                written[-1]["content"] += f"\n{result}"
            else:
                written.append({"role": "user", "content": result, "is_result": True})
            continue
        for call in message.pop("tool_calls", None) or ():
            message["content"] = f"{message.get('content') or ''}\n{_call(call['function'])}".lstrip("\n")
        written.append(message)
    return [{key: value for key, value in message.items() if key != "is_result"} for message in written]


def _call(function: Mapping[str, Any]) -> str:
    arguments = function["arguments"]
    arguments = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return f'<tool_call>\n{{"name": {json.dumps(function["name"])}, "arguments": {arguments}}}\n</tool_call>'
