"""jinja2 and llama.cpp's own engine write the same prompt, for every template that llama.cpp ships."""

from __future__ import annotations

from typing import Any

import pytest

from llamacffi import ChatTemplate, TemplateError
from tests.unit.chat.shipped import TOOLS

SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "Hi & <b>é</b>, \"you\" 'there' {{ x }}!"}
ANSWER = {"role": "assistant", "content": "Hello."}
QUESTION = {"role": "user", "content": "Weather in Paris?"}
THOUGHT = {"role": "assistant", "reasoning_content": "Think hard.", "content": "Done."}
CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {
            "id": "call_0001",
            "type": "function",
            "function": {"name": "get_weather", "arguments": {"city": "Paris", "days": 2}},
        }
    ],
}
RESULT = {"role": "tool", "name": "get_weather", "tool_call_id": "call_0001", "content": "Sunny, 20 °C"}

CONVERSATIONS: dict[str, list[dict[str, Any]]] = {
    "one turn": [USER],
    "system": [SYSTEM, USER],
    "turns": [USER, ANSWER, QUESTION],
    "system and turns": [SYSTEM, USER, ANSWER, QUESTION],
    "thoughts": [USER, THOUGHT, QUESTION],
    "the assistant's last": [USER, ANSWER],
    "a call": [QUESTION, CALL, RESULT],
    "a call answered": [SYSTEM, QUESTION, CALL, RESULT, ANSWER, USER],
}

# Template and conversation, and why the two engines differ.
EXCEPTIONS = {
    ("llama-cpp-rwkv-world", "the assistant's last"): "asks whether add_generation_prompt is defined: llama.cpp leaves "
    "it out when it is false, Hugging Face passes false",
    ("upstage-Solar-Open-100B", "the assistant's last"): "asks whether add_generation_prompt is defined, as above",
}

# What only llama.cpp's engine accepts, in some conversations, and why jinja2 does not.
ONLY_ONE = {
    "CohereForAI-c4ai-command-r-plus-tool_use": "loops over tools that are none, wants every parameter described",
    "Kimi-K2-Instruct": "appends to a list, which the sandbox forbids",
    "Kimi-K2-Thinking": "appends to a list, which the sandbox forbids",
    "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use": "loops over tools that are none",
    "NousResearch-Hermes-3-Llama-3.1-8B-tool_use": "loops over tools that are none",
    "fireworks-ai-llama-3-firefunction-v2": "wants a variable `functions`",
    "llama-cpp-deepseek-r1": "writes a generator as JSON",
    "meetkai-functionary-medium-v3.2": "adds arguments to a text, which must be text themselves then",
}


def cases(template: ChatTemplate) -> list[tuple[str, list[dict[str, Any]], dict[str, Any]]]:
    capabilities = template.capabilities
    typed = capabilities["supports_typed_content"] and not capabilities["supports_string_content"]
    found = []
    for name, conversation in CONVERSATIONS.items():
        messages = conversation
        if typed:  # llama.cpp would turn texts into parts by itself
            messages = [{**each, "content": [{"type": "text", "text": each["content"]}]} for each in messages]
        for tools in [TOOLS] if "call" in name else [None, TOOLS]:
            for thinking in (True, False) if name in {"one turn", "thoughts", "a call"} else (True,):
                generate = name != "the assistant's last"
                options = {"tools": tools, "enable_thinking": thinking, "add_generation_prompt": generate}
                found.append((name, messages, options))
    return found


def attempt(render: Any) -> str | TemplateError:
    try:
        text: str = render()
    except TemplateError as error:
        return error
    return text


def test_both_engines_write_the_same_prompt(shipped: dict[str, ChatTemplate], other_llama_cpp: bool) -> None:  # noqa: FBT001
    if other_llama_cpp:
        pytest.skip("the exceptions are those of the pinned llama.cpp's templates")
    n_same = 0
    different, one_sided = set(), set()
    for name, template in shipped.items():
        for conversation, messages, options in cases(template):
            ours = attempt(lambda: template.render(messages, **options))  # noqa: B023 - called at once
            theirs = attempt(lambda: template.format.direct_apply({"messages": messages, **options}))  # noqa: B023
            if isinstance(ours, str) and isinstance(theirs, str):
                n_same += ours == theirs
                if ours != theirs:
                    different.add((name, conversation))
            elif isinstance(ours, str) or isinstance(theirs, str):
                one_sided.add(name)
    print(f"{len(shipped)} templates, {n_same} prompts the same")
    assert different == set(EXCEPTIONS)
    assert one_sided == set(ONLY_ONE)
    assert len(shipped) == 70
    assert n_same > 1000
