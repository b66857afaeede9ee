"""Tools and thoughts in a conversation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama, TemplateError, Tool
from llamacffi.llama.chat_options import asked
from tests.capabilities import needs
from tests.models import Script, write_scripted
from tests.unit.llama.exact import EXACT

pytestmark = needs("llama-common's chat code")

USER: Any = [{"role": "user", "content": "And?"}]
WEATHER: dict[str, Any] = {
    "name": "weather",
    "description": "Look out.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
TOOLS: Any = [{"type": "function", "function": WEATHER}, {"type": "function", "function": {"name": "now"}}]
CALL = '<tool_call>\n{"name": "weather", "arguments": {"city": "Zürich"}}\n</tool_call>'
ARGUMENTS = {"city": "Zürich"}


@pytest.fixture(scope="module")
def llm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    """Its template knows no tools."""
    path = write_scripted(tmp_path_factory.mktemp("tools") / "tools.gguf", Script.of(CALL), n_ctx_train=4096)
    with Llama(path, **EXACT) as llm:
        yield llm


@pytest.fixture(scope="module")
def thinker(llama_cpp: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    """Its template knows tools and thoughts."""
    template = llama_cpp / "models" / "templates" / "Qwen-Qwen3-0.6B.jinja"
    if not template.exists():
        pytest.skip(f"no {template}")
    script = Script.of(f"<think>\nI must ask.\n</think>\n\nLet me see.\n{CALL}", n_chars=3)
    path = tmp_path_factory.mktemp("thinker") / "thinker.gguf"
    write_scripted(path, script, n_ctx_train=4096, chat_template=template.read_text("utf-8"))
    with Llama(path, **EXACT) as llm:
        yield llm


def called(answer: Any) -> list[tuple[str, Any]]:
    calls = answer["choices"][0]["message"].get("tool_calls", ())
    return [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls]


FORMATS = ["chat_template.default", "llama-2", "chatml", "gemma", "vicuna"]


@pytest.mark.parametrize("chat_format", FORMATS)
@pytest.mark.parametrize("choice", [None, "auto", "required", {"type": "function", "function": {"name": "weather"}}])
def test_calls_are_found_whatever_the_format(chat_format: str, choice: Any, llm: Llama) -> None:
    """Peers return the text of a call unread unless the tool was named."""
    llm.chat_format = chat_format
    answer: Any = llm.create_chat_completion(USER, tools=TOOLS, tool_choice=choice, temperature=0)
    assert called(answer) == [("weather", ARGUMENTS)]
    (choice_,) = answer["choices"]
    assert (choice_["message"]["content"], choice_["finish_reason"]) == (None, "tool_calls")
    (call,) = choice_["message"]["tool_calls"]
    assert call["type"] == "function"
    assert call["id"]


def test_calls_are_streamed_with_automatic_choice(llm: Llama) -> None:
    """Peers refuse to."""
    llm.chat_format = "chat_template.default"
    parts: Any = list(llm.create_chat_completion(USER, tools=TOOLS, temperature=0, stream=True))
    deltas = [part["choices"][0]["delta"] for part in parts]
    calls = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert calls[0]["id"]
    assert calls[0]["function"]["name"] == "weather"
    assert all("id" not in call and "name" not in call["function"] for call in calls[1:])
    assert json.loads("".join(call["function"]["arguments"] for call in calls)) == ARGUMENTS
    assert {call["index"] for call in calls} == {0}
    assert not any("content" in delta for delta in deltas)
    assert parts[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_none_calls_nothing(llm: Llama) -> None:
    answer: Any = llm.create_chat_completion(USER, tools=TOOLS, tool_choice="none", temperature=0)
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": CALL}
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_the_older_way_is_answered_in_the_older_way(llm: Llama) -> None:
    for choice in (None, "auto", {"name": "weather"}):
        answer: Any = llm.create_chat_completion(USER, functions=[WEATHER], function_call=choice, temperature=0)
        message = answer["choices"][0]["message"]
        assert message["function_call"]["name"] == "weather"
        assert json.loads(message["function_call"]["arguments"]) == ARGUMENTS
        assert answer["choices"][0]["finish_reason"] == "function_call"
        # Where it was named, there are both, as others have it.
        assert ("tool_calls" in message) == isinstance(choice, dict)
    parts: Any = list(llm.create_chat_completion(USER, functions=[WEATHER], temperature=0, stream=True))
    calls = [part["choices"][0]["delta"].get("function_call") for part in parts]
    calls = [call for call in calls if call]
    assert calls[0]["name"] == "weather"
    assert json.loads("".join(call["arguments"] for call in calls)) == ARGUMENTS
    assert parts[-1]["choices"][0]["finish_reason"] == "function_call"
    answer = llm.create_chat_completion(USER, functions=[WEATHER], function_call="none", temperature=0)
    assert answer["choices"][0]["message"]["content"] == CALL


def test_a_call_that_is_cut_off_asks_for_nothing(llm: Llama) -> None:
    answer: Any = llm.create_chat_completion(USER, tools=TOOLS, tool_choice="required", temperature=0, max_tokens=15)
    assert answer["choices"][0]["finish_reason"] == "length"


def test_one_call_is_asked_for_where_there_is_room_for_one(llm: Llama) -> None:
    named = {"type": "function", "function": {"name": "weather"}}
    assert asked(llm, USER, {}, tools=TOOLS).parallel_tool_calls
    assert asked(llm, USER, {}, tools=TOOLS, tool_choice="required").parallel_tool_calls
    assert not asked(llm, USER, {}, tools=TOOLS, tool_choice=named).parallel_tool_calls
    assert not asked(llm, USER, {}, functions=[WEATHER]).parallel_tool_calls
    assert not asked(llm, USER, {"parallel_tool_calls": False}, tools=TOOLS).parallel_tool_calls


def test_tools_may_be_functions(llm: Llama) -> None:
    def weather(city: str) -> str:
        """Look out."""
        return city

    for tool in (weather, Tool.from_function(weather)):
        assert called(llm.create_chat_completion(USER, tools=[tool], temperature=0)) == [("weather", ARGUMENTS)]


WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"tools": TOOLS, "tool_choice": "wether"},
        "tool_choice is 'wether', but must be .*one of the tools: weather, now",
    ),
    (
        {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "wether"}}},
        "tool_choice is 'wether', but must be",
    ),
    ({"tool_choice": {"type": "function", "function": {"name": "weather"}}}, "one of the tools: there are none"),
    ({"tools": TOOLS, "tool_choice": {"type": "function"}}, "tool_choice is {'type': 'function'}, but must be"),
    ({"tool_choice": "required"}, "tool_choice is 'required', but there are no tools"),
    ({"tools": TOOLS, "functions": [WEATHER]}, "functions and tools are given"),
    ({"tools": [{"type": "function"}]}, "tool 0 is"),
    ({"tools": [TOOLS[0], TOOLS[0]]}, "two tools are named 'weather'"),
    ({"functions": [WEATHER], "function_call": {"name": "x"}}, "tool_choice is 'x'"),
    ({"tools": TOOLS, "tool_choice": "required", "grammar": "root ::= [a]"}, "leave one out"),
]


@pytest.mark.parametrize("chat_format", ["chat_template.default", "vicuna", "functionary-v2"])
@pytest.mark.parametrize(("given", "match"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_choices_that_cannot_be(given: dict[str, Any], match: str, chat_format: str, llm: Llama) -> None:
    llm.chat_format = chat_format
    with pytest.raises(ValueError, match=match) as caught:
        llm.create_chat_completion(USER, **given)
    assert isinstance(caught.value, TemplateError) or "are given" in str(caught.value)
    llm.chat_format = "chat_template.default"


def test_results_and_calls_of_either_way_are_told(llm: Llama) -> None:
    old: Any = [
        *USER,
        {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": '{"city": "Rom"}'}},
        {"role": "function", "name": "weather", "content": "sunny"},
    ]
    call = {"id": "call_weather", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rom"}'}}
    new: Any = [
        *USER,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_weather", "name": "weather", "content": "sunny"},
    ]
    counts = [
        llm.create_chat_completion(messages, tools=TOOLS, max_tokens=1)["usage"]["prompt_tokens"]
        for messages in (USER, old, new)
    ]
    assert counts[0] < counts[1] == counts[2]
    assert "function_call" in old[1]  # it stays as it was


def test_thoughts_and_a_call(thinker: Llama) -> None:
    answer: Any = thinker.create_chat_completion(USER, tools=TOOLS, temperature=0)
    message = answer["choices"][0]["message"]
    assert message["reasoning_content"].strip() == "I must ask."
    assert message["content"].strip() == "Let me see."
    assert called(answer) == [("weather", ARGUMENTS)]
    parts: Any = list(thinker.create_chat_completion(USER, tools=TOOLS, temperature=0, stream=True))
    deltas = [part["choices"][0]["delta"] for part in parts]
    for name in ("reasoning_content", "content"):
        assert "".join(delta.get(name, "") for delta in deltas) == message[name]
    names = [next(iter(delta)) for delta in deltas if delta]
    assert names == sorted(names, key=["role", "reasoning_content", "content", "tool_calls"].index)


def test_thoughts_may_stay_in_the_content(thinker: Llama) -> None:
    answer: Any = thinker.create_chat_completion(USER, temperature=0, reasoning_format="none")
    message = answer["choices"][0]["message"]
    assert "reasoning_content" not in message
    assert message["content"].startswith("<think>\nI must ask.\n</think>")


@pytest.mark.parametrize("budget", [0, 1, 3])
def test_thoughts_have_a_budget(budget: int, llama_cpp: Path, tmp_path: Path) -> None:
    template = llama_cpp / "models" / "templates" / "Qwen-QwQ-32B.jinja"  # it begins the thoughts itself
    if not template.exists():
        pytest.skip(f"no {template}")
    script = Script.of("one two three four five six seven eight nine ten")
    path = write_scripted(tmp_path / "qwq.gguf", script, n_ctx_train=512, chat_template=template.read_text("utf-8"))
    with Llama(path, **EXACT) as llm:
        answer: Any = llm.create_chat_completion(USER, temperature=0, reasoning_budget=budget, max_tokens=budget + 4)
        pieces = [llm.vocab.piece(token).decode() for token in script.tokens]
        message = answer["choices"][0]["message"]
        assert message.get("reasoning_content", "").strip() == "".join(pieces[:budget]).strip()
        assert message["content"].startswith(pieces[0])
        whole: Any = llm.create_chat_completion(USER, temperature=0, reasoning_budget=-1)
        assert whole["choices"][0]["message"]["reasoning_content"].strip() == script.text


def test_variables_reach_the_template(thinker: Llama) -> None:
    """With enable_thinking=False this one ends the prompt with thoughts that are empty."""
    usual = thinker.create_chat_completion(USER, max_tokens=1)["usage"]["prompt_tokens"]
    for given in ({"enable_thinking": False}, {"chat_template_kwargs": {"enable_thinking": False}}):
        options: Any = given
        without = thinker.create_chat_completion(USER, max_tokens=1, **options)["usage"]["prompt_tokens"]
        assert without == usual + len(thinker.tokenize(b"<think>\n\n</think>\n\n", add_bos=False, special=True))
