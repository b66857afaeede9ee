"""Chat templates: what they render, and how they fail."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llamacffi import ChatTemplate, Model, TemplateError, edit_gguf
from tests.models import CHATML, write_llama

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi <|im_end|> & é"},
]


def test_chatml() -> None:
    rendered = ChatTemplate(CHATML).render(MESSAGES)
    assert rendered == (
        "<|im_start|>system\nBe brief.<|im_end|>\n"
        "<|im_start|>user\nHi <|im_end|> & é<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert (
        ChatTemplate(CHATML).render(MESSAGES, add_generation_prompt=False)
        == rendered[: -len("<|im_start|>assistant\n")]
    )


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        # Block lines vanish whole, and the newline after a block with them: trim_blocks and lstrip_blocks.
        ("{% for m in messages %}\n  {% if true %}\n{{ m.role }}\n  {% endif %}\n{% endfor %}\n!", "system\nuser\n!"),
        ("{% for m in messages %}{% if loop.index == 2 %}{% break %}{% endif %}{{ m.role }}{% endfor %}", "system"),
        ("{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}{{ m.role }}{% endfor %}", "user"),
        ("{{ {'b': '<é>', 'a': [1, true, none]} | tojson }}", '{"b": "<é>", "a": [1, true, null]}'),
        ("{{ {'b': 1, 'a': 2} | tojson(indent=2) }}", json.dumps({"b": 1, "a": 2}, indent=2)),
        ("{{ bos_token }}|{{ eos_token }}", "<s>|</s>"),
        ("{% if tools %}{{ tools[0].name }}{% else %}no tools{% endif %}", "no tools"),
        ("{% if documents is none and thinking is not defined %}nothing{% endif %}", "nothing"),
        ("a{% generation %}{{ messages[0].role }}{% endgeneration %}b", "asystemb"),
        ("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}", "2"),
        ("{{ messages[1]['content'].split('&')[0] | trim }}", "Hi <|im_end|>"),
    ],
)
def test_templates_have_what_hugging_face_gives_them(template: str, rendered: str) -> None:
    assert ChatTemplate(template, bos_token="<s>", eos_token="</s>").render(MESSAGES) == rendered


def test_strftime_now() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", ChatTemplate("{{ strftime_now('%Y-%m-%d') }}").render(MESSAGES))


def test_tools_and_other_variables_reach_the_template() -> None:
    template = ChatTemplate("{{ tools[0].name }} {{ enable_thinking }} {{ bos_token }}", bos_token="<s>")
    assert template.render(MESSAGES, tools=[{"name": "f"}], enable_thinking=False) == "f False <s>"
    assert template.render(MESSAGES, tools=[{"name": "f"}], bos_token="") == "f  "


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("\n{% if %}", "the chat template does not parse, line 2: "),
        ("\n\n{{ raise_exception('roles must alternate') }}", "the chat template failed, line 3: roles must alternate"),
        ("\n{{ messages[0].content + 1 }}", "the chat template failed, line 2: can only concatenate str"),
        ("{{ nothing.at_all }}", "the chat template failed, line 1: 'nothing' is undefined"),
        ("{% macro f() %}\n{{ f() }}\n{% endmacro %}{{ f() }}", "the chat template failed, line "),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "the chat template does not parse: it is nested too deeply"),
        ("{% for x in [1] %}" * 30 + "{% endfor %}" * 30, "the chat template does not parse: it is nested too deeply"),
    ],
)
def test_a_template_that_fails_says_where(template: str, message: str) -> None:
    with pytest.raises(TemplateError, match=f"^{re.escape(message)}"):
        ChatTemplate(template).render(MESSAGES)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ messages.append(1) }}",
        "{{ messages[0].update({'role': 'x'}) }}",
        "{% for i in range(10 ** 9) %}{% endfor %}",
        "{{ raise_exception.__globals__['json'] }}",
    ],
)
def test_a_template_stays_in_its_sandbox(template: str) -> None:
    messages = [dict(message) for message in MESSAGES]
    with pytest.raises(TemplateError):
        ChatTemplate(template).render(messages)
    assert messages == MESSAGES


@pytest.mark.parametrize("message", ["hi", {"content": "hi"}, {"role": 1, "content": "hi"}, None])
def test_a_message_without_a_role_is_refused(message: Any) -> None:
    with pytest.raises(TemplateError, match=r"message 1 is .*, but must be a mapping with a 'role'"):
        ChatTemplate(CHATML).render([MESSAGES[0], message])


def test_the_template_and_its_tokens_come_from_the_model(tiny_llama: Path) -> None:
    with Model(tiny_llama) as model:
        template = ChatTemplate.from_model(model)
        assert (template.text, template.bos_token, template.eos_token) == (CHATML, "<s>", "</s>")
        with pytest.raises(TemplateError, match=r"the model has no chat template named 'tool_use'"):
            ChatTemplate.from_model(model, "tool_use")


@pytest.mark.parametrize("text", [5, None, b"{{ messages }}"])
def test_a_template_is_a_text(text: Any) -> None:
    with pytest.raises(TypeError, match=r"a chat template is a text, not .*from_file\(\)"):
        ChatTemplate(text)


def test_a_model_without_a_template_says_so(tmp_path: Path) -> None:
    path = write_llama(tmp_path / "llama.gguf", chat_template=None)
    with (
        Model(path) as model,
        pytest.raises(TemplateError, match=r"has no chat template; give one as ChatTemplate\(text\)"),
    ):
        ChatTemplate.from_model(model)


def test_jinja2_is_imported_only_when_a_template_is_used() -> None:
    program = "import sys, llamacffi; llamacffi.ChatTemplate('x'); print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


@pytest.mark.model
def test_the_default_models_template(default_model: Path) -> None:
    with Model(default_model) as model:
        rendered = ChatTemplate.from_model(model).render([{"role": "user", "content": "Hi"}])
    assert rendered == (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )


def test_the_formats_that_llama_cpp_writes_by_itself() -> None:
    names = ChatTemplate.builtin_names()
    assert {"chatml", "llama2", "llama3", "gemma", "zephyr"} <= set(names)
    assert ChatTemplate.builtin("chatml").render(MESSAGES) == ChatTemplate(CHATML).render(MESSAGES)
    # src/llama-chat.cpp
    assert ChatTemplate.builtin("llama3").render(MESSAGES[1:]) == (
        "<|start_header_id|>user<|end_header_id|>\n\nHi <|im_end|> & é<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )
    for name in names:
        rendered = ChatTemplate.builtin(name).render([{"role": "user", "content": "x" * 5000}])
        assert "x" * 5000 in rendered
    assert repr(ChatTemplate.builtin("chatml")) == "ChatTemplate.builtin('chatml')"


def test_what_a_builtin_format_does_not_know() -> None:
    with pytest.raises(TemplateError, match="no format named 'chatl'; it has .*chatml"):
        ChatTemplate.builtin("chatl")
    chatml = ChatTemplate.builtin("chatml")
    with pytest.raises(TemplateError, match="knows nothing of tools"):
        chatml.render(MESSAGES, tools=[{}])
    with pytest.raises(TemplateError, match="knows nothing of enable_thinking"):
        chatml.render(MESSAGES, enable_thinking=True)
    with pytest.raises(TemplateError, match="message 0 has the content None"):
        chatml.render([{"role": "user", "content": None}])
    with pytest.raises(TemplateError, match="message 0 has a NUL"):
        chatml.render([{"role": "user", "content": "a\0b"}])
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert "a\nb<|im_end|>" in chatml.render([{"role": "user", "content": parts}])
    assert chatml.apply(MESSAGES).parse("Hello") == {"role": "assistant", "content": "Hello"}


def test_a_template_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "template.jinja"
    path.write_text(CHATML, "utf-8")
    assert ChatTemplate.from_file(path).render(MESSAGES) == ChatTemplate(CHATML).render(MESSAGES)
    path.write_bytes(b"\xff{{ messages }}")
    with pytest.raises(TemplateError, match="is not UTF-8"):
        ChatTemplate.from_file(path)
    with pytest.raises(FileNotFoundError):
        ChatTemplate.from_file(tmp_path / "other.jinja")


def test_unknown_roles_and_fields_are_the_templates_business() -> None:
    messages = [{"role": "critic", "content": "Hm.", "mood": {"is": ["bad"]}}]
    template = ChatTemplate("{% for m in messages %}{{ m.role }}:{{ m.content }}{% endfor %}")
    assert template.render(messages) == "critic:Hm."
    assert template.apply(messages).text == "critic:Hm."


def test_a_megabyte_of_message(tiny_llama: Path) -> None:
    content = "word <|im_end|> " * 65536
    template = ChatTemplate(CHATML)
    with Model(tiny_llama) as model:
        tokens = template.encode([{"role": "user", "content": content}], model.vocab)
        end = model.vocab.tokenize("<|im_end|>", add_special=False, parse_special=True)[0]
    assert tokens.count(end) == 1


def test_the_variant_for_tools_is_used_when_there_are_tools(
    tiny_llama: Path, tmp_path: Path, qwen: ChatTemplate
) -> None:
    """As transformers (`apply_chat_template`) and llama.cpp (`common_chat_templates_init`) choose it."""
    path = tmp_path / "variants.gguf"
    edit_gguf(tiny_llama, path, {"tokenizer.chat_template.tool_use": qwen.text})
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]
    plain = ChatTemplate(CHATML).render(MESSAGES)
    with_tools = qwen.render(MESSAGES, tools=tools)
    assert with_tools != plain
    with Model(path) as model:
        template = ChatTemplate.from_model(model)
        assert template.text == CHATML
        assert template.render(MESSAGES) == template.render(MESSAGES, tools=[]) == plain
        assert template.render(MESSAGES, tools=tools) == with_tools
        assert template.apply(MESSAGES).text == plain
        applied = template.apply(MESSAGES, tools=tools, tool_choice="required")
        assert applied == qwen.apply(MESSAGES, tools=tools, tool_choice="required")
        assert template.encode(MESSAGES, model.vocab, tools=tools) == qwen.encode(MESSAGES, model.vocab, tools=tools)
        assert "enable_thinking" in template.variables
        assert f"tool_use=<{len(qwen.text)} characters>" in repr(template)
        assert ChatTemplate.from_model(model, "tool_use").render(MESSAGES) == qwen.render(MESSAGES)
    edit_gguf(path, path, remove=["tokenizer.chat_template"])
    with Model(path) as model:
        assert ChatTemplate.from_model(model).text == qwen.text
