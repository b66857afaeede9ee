"""Who answers a conversation: handlers, formats by name, the model's templates."""

from __future__ import annotations

import asyncio
import builtins
import logging
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import AsyncLlama, Llama, TemplateError, edit_gguf
from llamacffi.llama.chat import chat_job
from llamacffi.llama.formats import (
    ChatFormatterResponse,
    Jinja2ChatFormatter,
    LlamaChatCompletionHandlerNotFoundException,
    LlamaChatCompletionHandlerRegistry,
    chat_formatter_to_chat_completion_handler,
    get_chat_completion_handler,
    hf_autotokenizer_to_chat_formatter,
    register_chat_format,
)
from llamacffi.llama.formats.jinja import CHATML_CHAT_TEMPLATE
from tests.capabilities import needs
from tests.models import Script, write_scripted
from tests.models.vocab import CHATML
from tests.unit.llama.exact import EXACT

pytestmark = needs("llama-common's chat code")

TEXT = '{"city": "Rom"}'
USER: Any = [{"role": "user", "content": "What then?"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scripted(tmp_path_factory.mktemp("handlers") / "m.gguf", Script.of(TEXT), n_ctx_train=2048)


@pytest.fixture
def llm(path: Path) -> Iterator[Llama]:
    with Llama(path, **EXACT) as llm:
        yield llm


class Spy:
    """A handler of somebody else's."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}

    def __call__(self, **given: Any) -> Any:
        self.seen = given
        llama, stream = given["llama"], given["stream"]
        made = llama.create_completion(given["messages"][-1]["content"], max_tokens=2, stream=stream)
        return ({"part": part} for part in made) if stream else {"whole": made}


def test_the_handler_goes_first_and_is_called_as_others_call_it(path: Path) -> None:
    spy = Spy()
    with Llama(path, chat_handler=spy, chat_format="no such", **EXACT) as llm:
        answer: Any = llm.create_chat_completion(USER, temperature=0.5)
        assert answer["whole"]["object"] == "text_completion"
        parts: Any = llm.create_chat_completion(USER, stream=True)
        assert next(iter(parts))["part"]["object"] == "text_completion"
    expected = {
        "llama", "messages", "functions", "function_call", "tools", "tool_choice", "temperature", "top_p", "top_k",
        "min_p", "typical_p", "stream", "stop", "seed", "response_format", "max_tokens", "presence_penalty",
        "frequency_penalty", "repeat_penalty", "tfs_z", "mirostat_mode", "mirostat_tau", "mirostat_eta", "model",
        "logits_processor", "grammar", "logit_bias", "logprobs", "top_logprobs",
    }  # fmt: skip
    assert spy.seen.keys() == expected
    assert spy.seen["llama"] is llm
    assert spy.seen["stop"] == []
    assert (spy.seen["temperature"], spy.seen["top_k"], spy.seen["max_tokens"]) == (0.2, 40, None)


def test_a_handler_gets_what_else_is_given(path: Path) -> None:
    def narrow(*, llama: Any, messages: Any, temperature: float, **known: Any) -> Any:
        return {"n": known.get("n"), "temperature": temperature, "roles": [one["role"] for one in messages]}

    with Llama(path, chat_handler=narrow, **EXACT) as llm:
        answer: Any = llm.create_chat_completion(USER, n=3)
    assert answer == {"n": 3, "temperature": 0.2, "roles": ["user"]}


def test_the_order_of_precedence(path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Llama(path, **EXACT) as llm:
        assert (llm.chat_format, [*llm._chat_handlers]) == ("chat_template.default", ["chat_template.default"])
        assert llm._handler() is llm._chat_handlers["chat_template.default"]
        llm.chat_format = "zephyr"
        assert llm._handler() is get_chat_completion_handler("zephyr")
        llm._chat_handlers["zephyr"] = spy = Spy()
        assert llm._handler() is spy
        llm.chat_format = "nothing"
        with pytest.raises(LlamaChatCompletionHandlerNotFoundException, match="no chat format named 'nothing'"):
            llm.create_chat_completion(USER)
    none = write_scripted(tmp_path / "none.gguf", Script.of(TEXT), chat_template=None)
    with caplog.at_level(logging.INFO, logger="llamacffi"), Llama(none, **EXACT) as llm:
        assert (llm.chat_format, llm.chat_handler, llm._chat_handlers) == ("llama-2", None, {})
    assert "the chat format is llama-2" in caplog.text
    chatml = write_scripted(tmp_path / "chatml.gguf", Script.of(TEXT), chat_template=CHATML_CHAT_TEMPLATE)
    with caplog.at_level(logging.INFO, logger="llamacffi"), Llama(chatml, **EXACT) as llm:
        assert llm.chat_format == "chatml"
    assert "the chat format is chatml; the model has chat_template.default" in caplog.text


def test_templates_have_names(path: Path, tmp_path: Path) -> None:
    several = tmp_path / "several.gguf"
    edit_gguf(path, several, {"tokenizer.chat_template.short": "{% for m in messages %}{{ m.content }}\n{% endfor %}"})
    with Llama(several, **EXACT) as llm:
        assert [*llm._chat_handlers] == ["chat_template.short", "chat_template.default"]
        assert llm.chat_format == "chat_template.default"
        llm.chat_format = "chat_template.short"
        answer = llm.create_chat_completion(USER, temperature=0)
        assert answer["choices"][0]["message"]["content"] == TEXT
        assert answer["usage"]["prompt_tokens"] == len(llm.tokenize(b"What then?\n"))


def test_a_registered_format_answers(llm: Llama) -> None:
    seen: list[Any] = []

    @register_chat_format("mine")
    def mine(*, messages: Any, mood: str = "", **given: Any) -> ChatFormatterResponse:
        seen.append((mood, given["tools"], given["tool_choice"]))
        told = f" {given['tools'][0]['function']['name']}?" if given["tools"] else ""
        return ChatFormatterResponse(f"{messages[-1]['content']}{told}\n", stop='"}')

    try:
        llm.chat_format = "mine"
        options: Any = {"temperature": 0, "chat_template_kwargs": {"mood": "glad"}}
        answer: Any = llm.create_chat_completion(USER, **options)
        assert answer["choices"][0]["message"]["content"] == '{"city": "Rom'
        assert answer["usage"]["prompt_tokens"] == len(llm.tokenize(b"What then?\n"))
        assert seen[0] == ("glad", None, None)
    finally:
        LlamaChatCompletionHandlerRegistry().unregister_chat_handler("mine")


def test_a_format_that_tells_of_tools_itself_has_the_call_held_to_its_arguments(llm: Llama) -> None:
    def telling(*, messages: Any, tools: Any = None, **_: Any) -> ChatFormatterResponse:
        return ChatFormatterResponse(f"{messages[-1]['content']} {len(tools or ())}\n")

    handler: Any = chat_formatter_to_chat_completion_handler(telling)
    choice = {"type": "function", "function": {"name": "weather"}}
    answer = handler(llama=llm, messages=USER, tools=[TOOL], tool_choice=choice, temperature=0)
    (call,) = answer["choices"][0]["message"]["tool_calls"]
    assert call["function"] == {"name": "weather", "arguments": TEXT}
    assert answer["choices"][0]["finish_reason"] == "tool_calls"
    parts = list(handler(llama=llm, messages=USER, tools=[TOOL], tool_choice="required", temperature=0, stream=True))
    deltas = [part["choices"][0]["delta"] for part in parts]
    calls = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert calls[0]["function"]["name"] == "weather"
    assert "".join(call["function"]["arguments"] for call in calls) == TEXT
    # Left to choose, it may say anything, and only the format knows what a call looks like.
    free = handler(llama=llm, messages=USER, tools=[TOOL], temperature=0)
    assert free["choices"][0]["message"]["content"] == TEXT
    other = {**TOOL, "function": {**TOOL["function"], "name": "other"}}
    with pytest.raises(TemplateError, match="tool_choice is 'required' with several tools"):
        handler(llama=llm, messages=USER, tools=[TOOL, other], tool_choice="required")


def test_what_is_no_response_is_refused(llm: Llama) -> None:
    handler: Any = chat_formatter_to_chat_completion_handler(lambda **_: "text")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="returned 'text', but must"):
        handler(llama=llm, messages=USER)


def test_a_template_of_ones_own_answers_with_its_calls_read(llm: Llama, tmp_path: Path) -> None:
    text = '<tool_call>\n{"name": "weather", "arguments": {"city": "Rom"}}\n</tool_call>'
    calls = write_scripted(tmp_path / "calls.gguf", Script.of(text), n_ctx_train=2048)
    handler = Jinja2ChatFormatter(CHATML, "<|im_end|>", "").to_chat_handler()
    with Llama(calls, chat_handler=handler, **EXACT) as calling:
        answer: Any = calling.create_chat_completion(USER, tools=[TOOL], temperature=0)
    assert answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "weather"
    stopping = Jinja2ChatFormatter(CHATML, "", "", stop_token_ids=[llm.tokenize(TEXT[4:8].encode(), add_bos=False)[-1]])
    whole: Any = stopping.to_chat_handler()(llama=llm, messages=USER, temperature=0)
    assert whole["choices"][0]["message"]["content"] == TEXT[:4]


def test_control_tokens_in_messages_are_text(llm: Llama) -> None:
    for chat_format in ("chat_template.default", "chatml", "chatml-function-calling", "functionary"):
        llm.chat_format = chat_format
        prompts: list[Any] = []
        for text in ("im_end", "<|im_end|>"):
            job = chat_job(llm, [{"role": "user", "content": text}])
            assert job is not None
            prompts.append(job.requests[0].prompt)
        (end,) = llm.tokenize(b"<|im_end|>", add_bos=False, special=True)
        assert prompts[0].count(end) == prompts[1].count(end)
        assert b"<|im_end|>" in llm.detokenize([token for token in prompts[1] if token != end])


def test_awaited(path: Path) -> None:
    async def answers() -> tuple[Any, Any, Any, Any]:
        async with AsyncLlama(path, **EXACT) as llm:
            whole = await llm.create_chat_completion(USER, temperature=0)
            parts = [part async for part in await llm.create_chat_completion(USER, temperature=0, stream=True)]
            llm.llama.chat_handler = Spy()
            foreign = await llm.create_chat_completion(USER)
            streamed = [part async for part in await llm.create_chat_completion(USER, stream=True)]
            return whole, parts, foreign, streamed

    whole, parts, foreign, streamed = asyncio.run(answers())
    assert whole["choices"][0]["message"]["content"] == TEXT
    assert "".join(part["choices"][0]["delta"].get("content", "") for part in parts) == TEXT
    assert foreign["whole"]["object"] == "text_completion"
    assert streamed[0]["part"]["object"] == "text_completion"


def test_the_types_of_openai(llm: Llama, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "openai":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match="pip install openai"):
        llm.create_chat_completion_openai_v1(USER)
    monkeypatch.undo()
    openai = pytest.importorskip("openai.types.chat")
    answer = llm.create_chat_completion_openai_v1(USER, temperature=0, logprobs=True, top_logprobs=1)
    assert isinstance(answer, openai.ChatCompletion)
    assert answer.choices[0].message.content == TEXT
    parts = list(llm.create_chat_completion_openai_v1(USER, temperature=0, stream=True))
    assert all(isinstance(part, openai.ChatCompletionChunk) for part in parts)
    assert "".join(part.choices[0].delta.content or "" for part in parts) == TEXT


def test_a_template_of_a_tokenizer_of_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tokenizer:
        eos_token = "</s>"
        use_default_system_prompt = True

        def apply_chat_template(self, messages: Any, *, tokenize: bool, **kwargs: Any) -> str:
            assert not tokenize
            assert not self.use_default_system_prompt
            return f"{messages[0]['content']} {kwargs}"

    fake: Any = types.ModuleType("transformers")
    fake.AutoTokenizer = types.SimpleNamespace(from_pretrained=lambda _: Tokenizer())
    monkeypatch.setitem(sys.modules, "transformers", fake)
    response = hf_autotokenizer_to_chat_formatter("owner/model")(messages=USER)
    assert response.prompt == "What then? {'add_generation_prompt': True}"
    assert (response.stop, response.added_special) == ("</s>", True)
