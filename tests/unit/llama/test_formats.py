"""The formats that have names write what llama-cpp-python 0.3.36 writes, whose prompts are in formats.json."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from llamacffi.errors import TemplateError
from llamacffi.llama.formats import (
    ChatFormatterResponse,
    Jinja2ChatFormatter,
    LlamaChatCompletionHandlerNotFoundException,
    LlamaChatCompletionHandlerRegistry,
    format_named,
    get_chat_completion_handler,
    guess_chat_format_from_gguf_metadata,
    hf_tokenizer_config_to_chat_formatter,
    register_chat_completion_handler,
    register_chat_format,
)
from llamacffi.llama.formats.jinja import (
    CHATML_CHAT_TEMPLATE,
    LLAMA3_INSTRUCT_CHAT_TEMPLATE,
    MISTRAL_INSTRUCT_CHAT_TEMPLATE,
    MIXTRAL_INSTRUCT_CHAT_TEMPLATE,
)
from llamacffi.llama.formats.named import NAMED

KNOWN: dict[str, Any] = json.loads((Path(__file__).parent / "formats.json").read_text("utf-8"))
# It drops what was said: these do not.
DIFFERENT = {"intel", "open-orca", "saiga"}
OTHERS = {"functionary", "functionary-v1", "functionary-v2", "chatml-function-calling"}


def prompt(name: str, *turns: tuple[str, Any]) -> str:
    return format_named(name, messages=[{"role": role, "content": content} for role, content in turns]).prompt


@pytest.mark.parametrize("name", sorted(KNOWN["formats"].keys() - DIFFERENT))
@pytest.mark.parametrize("i", range(4))
def test_a_named_format_writes_its_prompt(name: str, i: int) -> None:
    expected = KNOWN["formats"][name]
    response = format_named(name, messages=KNOWN["conversations"][i])
    assert (response.prompt, response.stop) == (expected["prompts"][i], expected["stop"])


def test_all_names_are_there() -> None:
    registry = LlamaChatCompletionHandlerRegistry()
    assert NAMED.keys() == KNOWN["formats"].keys()
    for name in [*KNOWN["formats"], *OTHERS]:
        assert registry.get_chat_completion_handler_by_name(name) is get_chat_completion_handler(name)


def test_formats_that_lose_what_was_said_elsewhere_say_it() -> None:
    turns = (("system", "Be kind."), ("user", "Hello"), ("assistant", "Hi"), ("user", "Why?"))
    assert prompt("intel", *turns) == (
        "### System:\nBe kind.\n### User:: Hello\n### Assistant:: Hi\n### User:: Why?\n### Assistant::"
    )
    # What they write there, of the conversation without its words.
    assert KNOWN["formats"]["intel"]["prompts"][0] == prompt("intel", ("user", "Hello")).replace(
        "System:\n", "System:\n{system_message}"
    )
    orca = KNOWN["formats"]["open-orca"]["prompts"][0].removesuffix("Assistant: ")
    end = "<|end_of_turn|>\n"
    assert prompt("open-orca", *turns[1:]) == f"{orca}User: Hello{end}Assistant: Hi{end}User: Why?{end}Assistant: "
    assert prompt("saiga", *turns) == ("<s>system\nBe kind.</s><s>user\nHello</s><s>bot\nHi</s><s>user\nWhy?</s><s>bot")
    assert prompt("saiga", *turns[:2]) == KNOWN["formats"]["saiga"]["prompts"][1]


def test_text_comes_in_parts() -> None:
    parts = [{"type": "text", "text": "Hello,"}, {"type": "text", "text": "you"}]
    assert prompt("zephyr", ("user", parts)) == prompt("zephyr", ("user", "Hello,\nyou"))
    with pytest.raises(TemplateError, match=r"message 0 has the content .*writes text only"):
        prompt("zephyr", ("user", [{"type": "image_url", "image_url": "cat.png"}]))


def test_a_message_without_a_place_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="llamacffi"):
        assert prompt("gemma", ("system", "Be kind."), ("user", "Hi")) == (
            "<start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n"
        )
    assert "message 0, of the role 'system', has no place in the chat format and is left out" in caplog.text


def test_a_format_can_be_registered() -> None:
    registry = LlamaChatCompletionHandlerRegistry()

    @register_chat_format("shouted")
    def shouted(*, messages: Any, **_: Any) -> ChatFormatterResponse:
        return ChatFormatterResponse(messages[-1]["content"].upper())

    try:
        assert shouted(messages=[{"content": "a"}]).prompt == "A"
        assert get_chat_completion_handler("shouted").formatter is shouted  # type: ignore[attr-defined]
        with pytest.raises(ValueError, match="there is a chat format named 'shouted' already; pass overwrite=True"):
            register_chat_format("shouted")(shouted)

        def handler(**_: Any) -> Any:
            return None

        registry.register_chat_completion_handler("shouted", handler, overwrite=True)
        assert get_chat_completion_handler("shouted") is handler
    finally:
        registry.unregister_chat_handler("shouted")
    with pytest.raises(LlamaChatCompletionHandlerNotFoundException, match=r"no chat format named 'shouted'.*llama-2"):
        get_chat_completion_handler("shouted")
    with pytest.raises(ValueError, match="there is no chat format named 'shouted'"):
        registry.unregister_chat_handler("shouted")


def test_a_handler_can_be_registered_and_there_is_one_registry() -> None:
    @register_chat_completion_handler("silent")
    def silent(**_: Any) -> Any:
        return {"choices": []}

    try:
        assert LlamaChatCompletionHandlerRegistry().get_chat_completion_handler_by_name("silent") is silent
    finally:
        LlamaChatCompletionHandlerRegistry().unregister_chat_handler("silent")


def test_known_templates_are_formats() -> None:
    templates = {
        CHATML_CHAT_TEMPLATE: "chatml",
        MISTRAL_INSTRUCT_CHAT_TEMPLATE: "mistral-instruct",
        MIXTRAL_INSTRUCT_CHAT_TEMPLATE: "mistral-instruct",
        LLAMA3_INSTRUCT_CHAT_TEMPLATE: "llama-3",
        "{{ messages }}": None,
    }
    assert len(templates) == 5
    for template, name in templates.items():
        assert guess_chat_format_from_gguf_metadata({"tokenizer.chat_template": template}) == name
    assert guess_chat_format_from_gguf_metadata({}) is None


def test_a_template_is_a_format() -> None:
    formatter = Jinja2ChatFormatter(MISTRAL_INSTRUCT_CHAT_TEMPLATE, "</s>", "<s>", stop_token_ids=[2])
    turns: Any = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
    response = formatter(messages=turns)
    assert (response.prompt, response.stop, response.added_special) == (
        "<s>[INST] Hello [/INST]Hi</s> ",
        ["</s>"],
        True,
    )
    assert [criterion([1, 2], None) for criterion in response.stopping_criteria] == [True]
    assert [criterion([2, 1], None) for criterion in response.stopping_criteria] == [False]
    with pytest.raises(ValueError, match="Conversation roles must alternate"):
        formatter(messages=turns[1:])
    with pytest.raises(ValueError, match="does not parse, line 1"):
        Jinja2ChatFormatter("{% if %}", "", "")


def test_a_template_takes_the_tools_and_what_else_is_given() -> None:
    text = "{{ tools | tojson }} {{ functions }} {{ tool_choice }} {{ mood }} {{ add_generation_prompt }}"
    formatter = Jinja2ChatFormatter(text, "", "", add_generation_prompt=False)
    response = formatter(messages=[], tools=[{"a": "<b>"}], tool_choice="auto", mood="glad")
    assert response.prompt == '[{"a": "<b>"}] None auto glad False'


def test_the_template_of_a_tokenizers_configuration_begins_the_answer() -> None:
    config = {
        "chat_template": CHATML_CHAT_TEMPLATE,
        "bos_token": {"content": "<s>", "lstrip": False},
        "eos_token": "<|im_end|>",
    }
    response = hf_tokenizer_config_to_chat_formatter(config)(messages=[{"role": "user", "content": "Hi"}])
    assert response.prompt == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert response.stop == ["<|im_end|>", "<s>"]
    with pytest.raises(ValueError, match="has the eos_token None, but must have a text"):
        hf_tokenizer_config_to_chat_formatter({**config, "eos_token": None})
