"""The arguments of a call are held to the tool's parameters to the letter, or the tool is refused."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from llamacffi import ChatTemplate, GrammarError, SamplingParams, Sequence, TemplateError, Tool, generate
from tests.models import CHATML

USER = {"role": "user", "content": "hi"}
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": r"^[a-c]{2,4}(-\d)?$", "description": "Of letters."},
        "born": {"type": "string", "format": "date"},
        "near": {"$ref": "#/$defs/place"},
        "age": {"type": "integer", "exclusiveMinimum": 3, "maximum": 12},
        "size": {"allOf": [{"enum": ["s", "m"]}]},
    },
    "required": ["name", "born", "near", "age", "size"],
    "$defs": {"place": {"enum": ["here", 7, None]}},
}
FREE: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "max_tokens": 1500}


def tool(parameters: dict[str, Any], name: str = "f", **function: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters, **function}}


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"properties": {"a": {"not": {"type": "string"}}}}, "'not' at #/properties/a/not cannot be honoured"),
        ({"properties": {"a": {"type": "integer", "multipleOf": 3}}}, "'multipleOf' at #/properties/a/multipleOf"),
        ({"properties": {"a": {"type": "number", "minimum": 3}}}, "'minimum' at #/properties/a/minimum"),
        ({"properties": {"a": {"type": "array", "uniqueItems": True}}}, "'uniqueItems' at #/properties/a/uniqueItems"),
        ({"properties": {"a": {"type": "string", "format": "uri"}}}, "'format' at #/properties/a/format"),
        ({"type": "object", "patternProperties": {"^a": {}}}, "'patternProperties' at #/patternProperties"),
        ({"properties": {"a": {"type": "string", "pattern": "(?=x)y"}}}, "at #/properties/a/pattern"),
        ({"type": "object", "propertis": {}}, "'propertis' is no keyword of JSON Schema"),
    ],
)
@pytest.mark.parametrize("choice", ["auto", "required", "f"])
def test_what_a_grammar_cannot_hold_a_call_to(
    qwen: ChatTemplate, parameters: dict[str, Any], match: str, choice: str
) -> None:
    with pytest.raises(GrammarError, match=f"parameters of the tool 'f' cannot be held to: .*{match}.*strict"):
        qwen.apply([USER], tools=[tool(parameters)], tool_choice=choice)
    assert not qwen.apply([USER], tools=[tool(parameters)], tool_choice="none").grammar


def test_a_tool_that_need_not_be_held_to(qwen: ChatTemplate) -> None:
    parameters = {"type": "object", "properties": {"a": {"type": "number", "minimum": 3}}}
    prompt = qwen.apply([USER], tools=[tool(parameters, strict=False)], tool_choice="required")
    assert 'tool-f-schema-a-kv ::= "\\"a\\"" space ":" space number\n' in prompt.grammar
    assert '"minimum": 3' in prompt.text
    loose = Tool("f", "", parameters, strict=False)
    assert qwen.apply([USER], tools=[loose.schema], tool_choice="required").grammar == prompt.grammar
    assert "strict" not in Tool("f", "", parameters).schema["function"]
    with pytest.raises(TemplateError, match="strict of the tool 'f' is 'no', but must be True or False"):
        qwen.apply([USER], tools=[tool(parameters, strict="no")])


def test_every_call_is_valid(uniform: Sequence) -> None:
    prompt = ChatTemplate(CHATML).apply([USER], tools=[tool(PARAMETERS)], tool_choice="required")
    validator = jsonschema.Draft202012Validator(PARAMETERS, format_checker=jsonschema.FormatChecker(["date"]))
    seen = set()
    for seed in range(20):
        completion = generate(uniform, "x", SamplingParams(grammar=prompt, seed=seed, **FREE))
        assert completion.finish_reason == "stop"
        (call,) = prompt.parse(completion.text)["tool_calls"]  # parallel_tool_calls is False
        arguments = json.loads(call["function"]["arguments"])
        validator.validate(arguments)
        seen.add(arguments["name"])
    assert len(seen) > 5


def test_definitions_of_the_same_name_in_two_tools(uniform: Sequence) -> None:
    tools = [
        tool({"properties": {"x": {"$ref": "#/$defs/X"}}, "required": ["x"], "$defs": {"X": definition}}, name)
        for name, definition in (("one", {"type": "integer", "minimum": 0, "maximum": 9}), ("two", {"enum": ["a"]}))
    ]
    prompt = ChatTemplate(CHATML).apply([USER], tools=tools, tool_choice="required")
    seen: dict[str, set[Any]] = {"one": set(), "two": set()}
    for seed in range(20):
        completion = generate(uniform, "x", SamplingParams(grammar=prompt, seed=seed, **FREE))
        function = prompt.parse(completion.text)["tool_calls"][0]["function"]
        seen[function["name"]].add(json.loads(function["arguments"])["x"])
    assert seen["two"] == {"a"}
    assert seen["one"] <= set(range(10))
    assert len(seen["one"]) > 3


def test_the_prompt_tells_of_the_tool_as_it_is(qwen: ChatTemplate) -> None:
    prompt = qwen.apply([USER], tools=[tool(PARAMETERS)])
    assert json.dumps(PARAMETERS["properties"]["name"]) in prompt.text
    assert prompt.text == qwen.apply([USER], tools=[tool(PARAMETERS)], tool_choice="none").text


def test_no_arguments_where_none_are_described(qwen: ChatTemplate) -> None:
    for parameters in ({"type": "object", "properties": {}}, {}):
        prompt = qwen.apply([USER], tools=[tool(parameters)], tool_choice="required")
        assert 'tool-f-schema ::= "{" space "}"\n' in prompt.grammar


def test_every_template_takes_the_rewritten_parameters(shipped: dict[str, ChatTemplate]) -> None:
    """What the converter is given is also what templates then write, and they may not fail at it."""
    parameters = {
        **PARAMETERS,
        "properties": {
            **PARAMETERS["properties"],
            "near": {"$ref": "#/$defs/place", "type": "string"},
            "unit": {"type": "string", "enum": ["c", "f"], "description": "Which."},
            "size": {"type": "string", "allOf": [{"enum": ["s", "m"]}], "description": "How large."},
        },
        "$defs": {"place": {"enum": ["here", "there"]}},
    }

    def told(template: ChatTemplate, *, strict: bool) -> tuple[Any, ...]:
        try:
            prompt = template.apply([USER], tools=[tool(parameters, description="Find.", strict=strict)])
        except TemplateError as error:
            return str(error)[-60:], False
        return prompt.text, bool(prompt.grammar), prompt.lazy, prompt.triggers, prompt.stops

    n = 0
    for name, template in shipped.items():
        result = told(template, strict=True)
        assert result == told(template, strict=False), name
        n += result[1]
    assert n > 55
