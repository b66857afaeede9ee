"""Functionary's formats and chatml-function-calling: prompts as llama-cpp-python 0.3.36 writes them, and replies."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama
from llamacffi.errors import GrammarError, TemplateError
from llamacffi.llama.chat import chat_job
from llamacffi.llama.formats import chatml_calls, functionary
from tests.capabilities import needs
from tests.models import Script, write_scripted
from tests.unit.llama.exact import EXACT

KNOWN: dict[str, Any] = json.loads((Path(__file__).parent / "formats.json").read_text("utf-8"))
FUNCTIONS = [tool["function"] for tool in KNOWN["tools"]]
USER: list[Any] = [{"role": "user", "content": "And?"}]
V1, V2 = functionary.SECTIONS["v1"], functionary.SECTIONS["v2"]


def tool(name: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": [*properties]}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TOOLS = [tool("weather", city={"enum": ["Rom", "Oslo"]}), tool("now")]


def test_functionarys_prompts() -> None:
    known = KNOWN["functionary"]
    messages = copy.deepcopy(known["messages"])
    assert functionary.first_prompt(messages, FUNCTIONS) == known["first"]
    assert functionary.first_prompt(messages, None) + ":\n" == known["first_without"]
    assert functionary.told_messages(messages, FUNCTIONS) == known["later"]
    assert messages == known["messages"]  # which the original changes


def test_functionarys_first_prompt_names_the_function_whose_result_it_tells() -> None:
    calls = [{"id": "call_7", "type": "function", "function": {"name": "now", "arguments": "{}"}}]
    messages: Any = [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_7", "content": "12"},
    ]
    prompt = functionary.first_prompt(messages, None)
    assert prompt.endswith("assistant to=functions.now:\n{}</s>\nfunction name=functions.now:\n12\nassistant")
    with pytest.raises(TemplateError, match=r"message 1 has the role 'wizard'"):
        functionary.first_prompt([{"role": "wizard", "content": "?"}], None)


def test_the_prompts_of_chatml_function_calling() -> None:
    known = KNOWN["chatml_calls"]
    assert chatml_calls.prompt(known["messages"], KNOWN["tools"]) == known["with"]
    assert chatml_calls.prompt(known["messages"], []) == known["without"]
    assert chatml_calls.prompt([{"role": "tool", "content": "12"}], []) == (
        "<|im_start|>tool\n12<|im_end|>\n<|im_start|>assistant\n"
    )


REPLIES = [
    (functionary.FIRST, ":\nIt rains.", "It rains.", []),
    (functionary.FIRST, ' to=functions.weather:\n{"city": "Rom"}\n', "", [("weather", '{"city": "Rom"}')]),
    (functionary.FIRST, ":\nWait.\nassistant to=functions.now:\n{}", "Wait.", [("now", "{}")]),
    (V1, " Just text.", "Just text.", []),
    (V1, "So: <|START_OF_FUNCTION_CALL|>now:\n{}<|END_OF_FUNCTION_CALL|>", "So:", [("now", "{}")]),
    (V2, "all\n<|content|>Yes, a < b.\nNo.", "Yes, a < b.\nNo.", []),
    (V2, "allow\n<|content|>{}", "", [("allow", "{}")]),
    (
        V2,
        (
            "all\n<|content|>Well.\n<|from|> assistant\n<|recipient|>now\n<|content|>{}\n"
            '<|from|>assistant\n<|recipient|>weather\n<|content|>{"city":\n "Oslo"}'
        ),
        "Well.",
        [("now", "{}"), ("weather", '{"city":\n "Oslo"}')],
    ),
    (chatml_calls.CALLS, "message:\nSo functions.x: no.", "So functions.x: no.", []),
    (
        chatml_calls.CALLS,
        'functions.weather:\n{"city": "Rom"}\nfunctions.now:\n{}',
        "",
        [("weather", '{"city": "Rom"}'), ("now", "{}")],
    ),
    (chatml_calls.CALLS, "No heading at all", "No heading at all", []),
]


@pytest.mark.parametrize(("sections", "text", "content", "calls"), REPLIES)
def test_a_reply_is_read_however_it_is_cut(sections: Any, text: str, content: str, calls: Any) -> None:
    for cuts in ([len(text)], range(1, len(text) + 1), range(3, len(text) + 3, 3)):
        reader = sections.reader()
        deltas, start = [], 0
        for end in cuts:
            deltas += reader.push(text[start:end])
            start = end
        deltas += reader.close()
        message = reader.message
        told = [(call["function"]["name"], call["function"]["arguments"]) for call in message.get("tool_calls", ())]
        assert (message["content"], told) == (content, calls)
        assert reader.text == text
        # The deltas say the same.
        assert "".join(delta.content for delta in deltas) == content
        for i, (name, arguments) in enumerate(calls):
            own = [delta.tool_call for delta in deltas if delta.tool_call and delta.tool_call.index == i]
            assert [call.name for call in own] == [name] + [""] * (len(own) - 1)
            assert own[0].id == message["tool_calls"][i]["id"]
            assert "".join(call.arguments for call in own) == arguments


def test_what_is_cut_off_in_its_heading_calls_nothing() -> None:
    reader = V2.reader()
    reader.push("weath")
    reader.close(partial=True)
    assert reader.message == {"role": "assistant", "content": ""}


def test_parameters_that_cannot_be_held_to_are_refused_by_name() -> None:
    odd = tool("odd", n={"type": "integer", "multipleOf": 3})
    with pytest.raises(GrammarError, match=r"parameters of the tool 'odd' cannot be held to: .*'multipleOf'"):
        V2.grammar([odd], "auto", parallel=True)
    odd["function"]["strict"] = False
    assert "args-0-root" in V2.grammar([odd], "auto", parallel=True)


SCRIPTS = {
    "functionary": (' to=functions.weather:\n{"city": "Rom"}', ":\nNone of that."),
    "functionary-v2": ('weather\n<|content|>{"city": "Rom"}', "all\n<|content|>None of that."),
    "chatml-function-calling": ('functions.weather:\n{"city": "Rom"}', "message:\nNone of that."),
}


@pytest.fixture(scope="module", params=SCRIPTS)
def spoken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Llama, Llama]]:
    """A model that calls, and one that says something."""
    folder = tmp_path_factory.mktemp("spoken")
    paths = [
        write_scripted(folder / f"{i}.gguf", Script.of(text, n_chars=9), n_ctx_train=2048)
        for i, text in enumerate(SCRIPTS[request.param])
    ]
    with (
        Llama(paths[0], chat_format=request.param, **EXACT) as calls,
        Llama(paths[1], chat_format=request.param, **EXACT) as says,
    ):
        yield calls, says


@needs("llama-common's chat code")
def test_calls_are_made_and_streamed(spoken: tuple[Llama, Llama]) -> None:
    llm, _ = spoken
    for choice in ("auto", "required", {"type": "function", "function": {"name": "weather"}}):
        answer: Any = llm.create_chat_completion(USER, tools=TOOLS, tool_choice=choice, temperature=0)
        (call,) = answer["choices"][0]["message"]["tool_calls"]
        assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("weather", {"city": "Rom"})
        assert answer["choices"][0]["finish_reason"] == "tool_calls"
        assert answer["choices"][0]["message"]["content"] is None
    parts: Any = list(llm.create_chat_completion(USER, tools=TOOLS, stream=True, temperature=0))
    deltas = [part["choices"][0]["delta"] for part in parts]
    assert deltas[0] == {"role": "assistant"}
    calls = [delta["tool_calls"][0] for delta in deltas[1:-1]]
    assert calls[0]["function"]["name"] == "weather"
    assert "".join(call["function"]["arguments"] for call in calls) == '{"city": "Rom"}'
    assert parts[-1]["choices"][0]["finish_reason"] == "tool_calls"


NAMED = {
    "functionary": b"assistant to=functions.weather:\n",
    "functionary-v2": b"<|from|>assistant\n<|recipient|>weather\n<|content|>",
    "chatml-function-calling": b"<|im_start|>user\nAnd?<|im_end|>\n<|im_start|>assistant\nfunctions.weather:\n",
}


@needs("llama-common's chat code")
def test_a_call_that_was_named_is_begun_by_the_prompt(spoken: tuple[Llama, Llama]) -> None:
    llm, _ = spoken
    choice: Any = {"type": "function", "function": {"name": "weather"}}
    job = chat_job(llm, USER, tools=TOOLS, tool_choice=choice)
    assert job is not None
    (request,) = job.requests
    assert llm.detokenize(request.prompt, special=True).endswith(NAMED[str(llm.chat_format)])  # type: ignore[arg-type]
    answer: Any = llm.create_chat_completion(USER, tools=TOOLS, tool_choice=choice)
    message = answer["choices"][0]["message"]
    assert message["tool_calls"][0]["id"].startswith("call__0_weather_cmpl-")
    assert message["function_call"] == message["tool_calls"][0]["function"]


@needs("llama-common's chat code")
def test_one_that_must_not_call_does_not(spoken: tuple[Llama, Llama]) -> None:
    llm, _ = spoken
    answer: Any = llm.create_chat_completion(USER, tools=TOOLS, tool_choice="none", temperature=0, max_tokens=3)
    message = answer["choices"][0]["message"]
    assert "tool_calls" not in message
    assert message["content"]


@needs("llama-common's chat code")
def test_what_is_said_comes_without_its_heading(spoken: tuple[Llama, Llama]) -> None:
    _, llm = spoken
    answer: Any = llm.create_chat_completion(USER, tools=TOOLS, temperature=0)
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "None of that."}
    parts: Any = list(llm.create_chat_completion(USER, tools=TOOLS, temperature=0, stream=True))
    assert "".join(part["choices"][0]["delta"].get("content", "") for part in parts) == "None of that."
    with pytest.raises(TemplateError, match="response_format and tools are given"):
        llm.create_chat_completion(USER, tools=TOOLS, response_format={"type": "json_object"})


@pytest.fixture(scope="module")
def babbling(tiny_llama: Path) -> Iterator[Llama]:
    with Llama(tiny_llama, n_ctx=2048, **EXACT) as llm:
        yield llm


@needs("llama-common's chat code")
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_call_that_must_be_follows_the_parameters_whatever_the_model_would_say(name: str, babbling: Llama) -> None:
    babbling.chat_format = name
    for seed in range(3):
        answer: Any = babbling.create_chat_completion(
            USER,
            tools=[TOOLS[0]],
            tool_choice="required",
            parallel_tool_calls=False,
            seed=seed,
            temperature=2.0,
            top_k=0,
        )
        (call,) = answer["choices"][0]["message"]["tool_calls"]
        assert call["function"]["name"] == "weather"
        assert json.loads(call["function"]["arguments"])["city"] in {"Rom", "Oslo"}
