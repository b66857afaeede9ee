"""What a stranger's template cannot do: read the machine, run for ever, fill the memory. In either engine."""

from __future__ import annotations

import time
from typing import Any

import pytest

from llamacffi import ChatTemplate, TemplateError
from llamacffi.chat import sandbox
from llamacffi.core.chat_format import ChatFormat, ReplyParser
from tests.capabilities import needs
from tests.process import run_python

MESSAGES: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}]
DOUBLED = "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}"
NESTED = "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60

# Each would take more than a minute or a gigabyte.
ENDLESS = {
    "loops in loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "macros in loops": "{% macro f() %}{% endmacro %}"
    + "{% for i in range(9999) %}" * 3
    + "{{ f() }}"
    + "{% endfor %}" * 3,
    "macros that double": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "lists in lists": NESTED + "{{ a }}",
    "lists in lists as text": NESTED + "{{ a ~ 'x' }}",
    "lists in lists as JSON": NESTED + "{{ a | tojson }}",
    "lists in lists joined": NESTED + "{{ a | join }}",
}
VAST = {
    "times": "{{ 'a' * 1000000000 }}",
    "times of a list": "{{ ([0] * 1000000000) | length }}",
    "power": "{{ 10 ** (10 ** 10) }}",
    "doubling": DOUBLED + "{{ ns.x | length }}",
    "doubling with +": DOUBLED.replace("~", "+"),
    "doubling a list": DOUBLED.replace("'aaaaaaaa'", "[1]").replace("~", "+"),
    "doubling in a block": "{% set x = 'aaaaaaaa' %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 60,
    "replace": "{% set x = 'a' * 9999 %}{% set x = x.replace('a', x) %}{{ x.replace('a', x) | length }}",
    "replace, the filter": "{% set x = 'a' * 9999 %}{% set x = x | replace('a', x) %}{{ x | replace('a', x) }}",
    "indent": "{{ 'a\\nb' | indent(1000000000) }}",
    "center": "{{ 'a' | center(1000000000) }}",
    "ljust": "{{ 'a'.ljust(1000000000) }}",
    "zfill": "{{ 'a'.zfill(1000000000) }}",
    "expandtabs": "{{ '\t'.expandtabs(1000000000) }}",
    "percent": "{{ '%1000000000d' % 1 }}",
    "percent star": "{{ '%*d' % (1000000000, 1) }}",
    "format": "{{ '{:>1000000000}'.format(1) }}",
    "format of many": "{% set x = '{0}' * 999999 %}{{ x.format(x) | length }}",
    "join": "{% set x = 'a' * 999999 %}{{ x.join(x.split('')|list) if false else x.join([x] * 999) | length }}",
    "JSON": "{{ [[[1]]] | tojson(indent=1000000000) }}",
    "batch": "{{ [1] | batch(1000000000, 0) | list | length }}",
}
LLAMA_CPP = {
    "a range": "{% for i in range(1000000000) %}{% endfor %}",
    "times": "{{ 'a' * 1000000000 }}",
    "loops in loops": ENDLESS["loops in loops"],
    "doubling": DOUBLED,
    "lists in lists": NESTED + "{{ a }}",
    "lists in lists as JSON": NESTED + "{{ a | tojson }}",
    "a list in itself": "{% set a = [1] %}{% set _ = a.append(a) %}{{ a | tojson }}",
    "a list in itself as text": "{% set a = [1] %}{% set _ = a.append(a) %}{{ a ~ 'x' }}",
    "indent": "{{ 'a\nb' | indent(1000000000) }}",
    "replace": "{% set x = 'a' * 9999 %}{% set x = x.replace('a', x) %}{{ x.replace('a', x) }}",
    "recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 0.3)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("template", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_template_is_stopped(template: str) -> None:
    start = time.process_time()
    with pytest.raises(TemplateError, match=r"the chat template failed, line 1: it takes longer than 0.3 s"):
        ChatTemplate(template).render(MESSAGES)
    assert time.process_time() - start < 6


@pytest.mark.parametrize("template", VAST.values(), ids=VAST)
def test_a_template_that_makes_too_much_is_stopped(template: str) -> None:
    start = time.process_time()
    with pytest.raises(TemplateError, match=r"^the chat template failed, line 1: (it|the filter|tojson) "):
        ChatTemplate(template).render(MESSAGES)
    assert time.process_time() - start < 15


def test_honest_arithmetic_is_not_disturbed() -> None:
    template = (
        "{{ '=' * 20 }} {{ 3 * 4 }} {{ 2 ** 10 }} {{ '%5.1f|%s' % (1.25, 'x') }} {{ 'a' ~ 1 ~ none }} {{ [1] + [2] }}"
    )
    assert ChatTemplate(template).render(MESSAGES) == "=" * 20 + " 12 1024   1.2|x a1None [1, 2]"
    assert ChatTemplate("{{ '{} {:>5}'.format('a', 'b') }}").render(MESSAGES) == "a     b"
    assert ChatTemplate("{{ '%s * %s' | format(1, 2) }}").render(MESSAGES) == "1 * 2"


def test_long_messages_are_rendered() -> None:
    content = "x" * 10**6
    template = "{% for m in messages %}{{ m.role ~ ': ' ~ m.content | trim }}\n{% endfor %}"
    messages = [{"role": "user", "content": content}] * 10
    assert ChatTemplate(template).render(messages) == f"user: {content}\n" * 10
    assert ChatTemplate(template).apply(messages).text == f"user: {content}\n" * 10


@pytest.mark.slow
@pytest.mark.parametrize("template", LLAMA_CPP.values(), ids=LLAMA_CPP)
def test_llama_cpps_engine_is_stopped(template: str) -> None:
    program = (
        "import resource, sys\n"
        "from llamacffi.core.chat_format import ChatFormat\n"
        "from llamacffi import TemplateError\n"
        "try:\n"
        "    print(ChatFormat(sys.argv[1]).direct_apply({'messages': [{'role': 'user', 'content': 'Hi'}]})[:80])\n"
        "except TemplateError as error:\n"
        "    print('refused:', error)\n"
        "assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2**21, 'more than 2 GB'\n"
    )
    done = run_python(program, template, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "refused: llama.cpp" in done.stdout
    assert any(reason in done.stdout for reason in ("it takes too", "it makes too much", "it calls itself"))


NESTED_SOURCES = [
    "{{ " + "(" * 20000 + "1" + ")" * 20000 + " }}",
    "{{ 1" + " + 1" * 20000 + " }}",
    "{{ " + "not " * 20000 + "1 }}",
    "{{ 1" + "|string" * 10000 + " }}",
    "{{ " + "[" * 20000 + "1" + "]" * 20000 + " }}",
    "{% if 1 %}" * 5000 + "{% endif %}" * 5000,
]


@needs("llama-common's chat code")
def test_nesting_does_not_end_the_process() -> None:
    program = (
        "from contextlib import suppress\n"
        "from llamacffi.core.chat_format import ChatFormat\n"
        "from llamacffi import TemplateError\n"
        "from tests.unit.chat.test_sandbox import NESTED_SOURCES\n"
        "for source in NESTED_SOURCES:\n"
        "    with suppress(TemplateError):\n"
        "        ChatFormat(source).direct_apply({'messages': []})\n"
        "print('alive')\n"
    )
    done = run_python(program, timeout=100)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "it is empty"),
        ("{% if %}", "Unexpected token"),
        ("{{ 'a", ""),
        ("x" * 600_000, "it has 600000 bytes, more than 524288"),
    ],
)
def test_a_template_that_llama_cpp_does_not_take(source: str, reason: str) -> None:
    with pytest.raises(TemplateError, match=rf"llama.cpp does not take the chat template: .*{reason}"):
        ChatFormat(source)


def test_what_the_template_refuses_comes_with_its_reason() -> None:
    chat_format = ChatFormat("{{ raise_exception('roles must alternate') }}")
    with pytest.raises(TemplateError, match=r"llama.cpp's chat code refused it: roles must alternate$"):
        chat_format.direct_apply({"messages": MESSAGES})


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({}, "messages"),
        ({"messages": 3}, "Expected 'messages' to be an array"),
        ({"messages": [{"role": "user"}]}, "Expected 'content' or 'tool_calls'"),
        ({"messages": [{"role": "user", "content": 3}]}, "Invalid 'content' type"),
        ({"messages": [{"role": "user", "content": [{"type": "smell"}]}]}, "Unsupported content part type"),
        ({"messages": MESSAGES, "tools": [{}]}, "Missing tool type"),
        ({"messages": MESSAGES, "tool_choice": "perhaps"}, "Invalid tool_choice: perhaps"),
        ({"messages": MESSAGES, "reasoning_format": "deep"}, "Unknown reasoning format: deep"),
        ({"messages": MESSAGES, "x": {1, 2}}, "cannot be written as JSON"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "surrogate"),
    ],
)
def test_a_bad_request_is_refused(request_: dict[str, Any], reason: str) -> None:
    with pytest.raises(TemplateError, match=reason):
        ChatFormat("{{ messages[0].content }}").apply(request_)


@needs("llama-common's chat code")
def test_a_reply_of_brackets_does_not_end_the_process() -> None:
    program = (
        "import sys\n"
        "from tests.unit.chat.shipped import TOOLS\n"
        "from llamacffi import ChatTemplate, TemplateError\n"
        "text = '''{%- for m in messages -%}<|im_start|>{{ m.role }}\\n{{ m.content }}{%- for c in m.tool_calls -%}"
        '<tool_call>{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}</tool_call>'
        "{%- endfor -%}<|im_end|>\\n{%- endfor -%}{%- for t in tools -%}{{ t | tojson }}{%- endfor -%}'''\n"
        "prompt = ChatTemplate(text).apply([{'role': 'user', 'content': 'x'}], tools=TOOLS)\n"
        "for n in (100, 10000, 100000):\n"
        '    reply = \'<tool_call>{"name": "get_weather", "arguments": \' + \'[\' * n\n'
        "    try:\n"
        "        prompt.reader().finish(reply, partial=True)\n"
        "    except TemplateError:\n"
        "        pass\n"
        "print('alive')\n"
    )
    done = run_python(program, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr


@pytest.mark.parametrize("params", [{}, {"format": 99}, {"format": -1}, {"format": 0, "parser": "{"}])
def test_a_parser_that_is_none_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(TemplateError, match=r"llama.cpp does not take the parser of replies"):
        ReplyParser(params)
