"""Python functions as tools: what the model is told of them, and how they are called."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Optional, TypedDict

import pytest

from llamacffi import ChatTemplate, GrammarError, TemplateError, Tool
from tests.models import CHATML


class Unit(enum.Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


@dataclass
class Place:
    city: str
    country: str = "FR"


class Point(TypedDict):
    x: float
    y: float


def get_weather(
    city: str,
    days: int = 1,
    unit: Literal["c", "f"] = "c",
) -> str:
    """Tell the weather.

    Longer text that the model need not read.

    Args:
        city: Where, in English,
            however far.
        days (int): How many days.

    Returns:
        str: A sentence.
    """
    return f"{city} {days} {unit}"


def test_the_schema_of_a_signature_and_docstring() -> None:
    assert Tool.from_function(get_weather).schema == {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Tell the weather.",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "Where, in English, however far."},
                    "days": {"type": "integer", "description": "How many days.", "default": 1},
                    "unit": {"enum": ["c", "f"], "type": "string", "default": "c"},
                },
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    }


@pytest.mark.parametrize(
    ("hint", "schema", "given", "passed"),
    [
        (int, {"type": "integer"}, 3, 3),
        (float, {"type": "number"}, 3, 3.0),
        (bool, {"type": "boolean"}, True, True),
        (list[str], {"type": "array", "items": {"type": "string"}}, ["a"], ["a"]),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}, {"a": 1}, {"a": 1}),
        (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, None),  # noqa: UP045 - as people write it
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}, 2, 2),
        (Unit, {"enum": ["c", "f"], "type": "string"}, "f", Unit.FAHRENHEIT),
        (Annotated[int, "A number."], {"type": "integer", "description": "A number."}, 1, 1),
        (Place, {"$ref": "#/$defs/Place"}, {"city": "Paris"}, Place("Paris")),
        (Point, {"$ref": "#/$defs/Point"}, {"x": 1, "y": 2}, {"x": 1.0, "y": 2.0}),
        (list[Place], {"type": "array", "items": {"$ref": "#/$defs/Place"}}, [{"city": "x"}], [Place("x")]),
    ],
)
def test_types(hint: Any, schema: dict[str, Any], given: Any, passed: Any) -> None:
    seen = []

    def function(value: Any) -> None:
        seen.append(value)

    function.__annotations__["value"] = hint
    tool = Tool.from_function(function)
    assert tool.parameters["properties"]["value"] == schema
    assert tool.call(json.dumps({"value": given})) == "null"
    assert seen == [passed]


def test_pydantic_models_are_validated() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Age(pydantic.BaseModel):  # type: ignore[name-defined, misc]
        years: int = pydantic.Field(ge=0)

    def older(age: Any, by: int = 1) -> int:
        return int(age.years) + by

    older.__annotations__["age"] = Age
    tool = Tool.from_function(older)
    assert tool.parameters["$defs"]["Age"]["properties"]["years"]["minimum"] == 0
    assert tool.call('{"age": {"years": 41}}') == "42"
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        tool.call('{"age": {"years": -1}}')


def test_docstrings_in_the_other_style() -> None:
    def add(a: int, b: int) -> int:
        """Add.

        :param a: The first.
        :param int b: The second,
            and last.
        """
        return a + b

    tool = Tool.from_function(add, name="plus")
    assert (tool.name, tool.description) == ("plus", "Add.")
    properties = tool.parameters["properties"]
    assert [properties[name]["description"] for name in "ab"] == ["The first.", "The second, and last."]
    assert tool.call('{"a": 1, "b": 2}') == "3"


def test_methods_and_callables() -> None:
    class Counter:
        def __init__(self) -> None:
            self.n = 0

        def count(self, by: int) -> int:
            """Count."""
            self.n += by
            return self.n

        def __call__(self, by: int) -> int:
            return self.count(by)

    counter = Counter()
    assert Tool.from_function(counter.count).call('{"by": 2}') == "2"
    assert Tool.from_function(counter).call('{"by": 3}') == "5"


def test_results_are_text_or_json() -> None:
    def place() -> Place:
        """Where."""
        return Place("Köln", "DE")

    assert Tool.from_function(place).call("") == '{"city": "Köln", "country": "DE"}'
    assert Tool.from_function(get_weather).call('{"city": "Paris", "unit": "f"}') == "Paris 1 f"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("{", ValueError),
        ("[1]", TypeError),
        ('{"city": "Paris", "hours": 3}', TypeError),
        ('{"days": 3}', TypeError),
        ('{"city": "Paris", "days": "three"}', TypeError),
    ],
)
def test_arguments_that_do_not_fit(arguments: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Tool.from_function(get_weather).call(arguments)


def test_what_cannot_be_a_tool() -> None:
    def untyped(a) -> None:  # type: ignore[no-untyped-def]
        pass

    def variadic(*a: int) -> None:
        pass

    with pytest.raises(TypeError, match="the parameter 'a' of .* has no type"):
        Tool.from_function(untyped)
    with pytest.raises(TypeError, match="cannot be passed by its name"):
        Tool.from_function(variadic)
    with pytest.raises(ValueError, match="a tool is named 'get weather'"):
        Tool("get weather")
    with pytest.raises(TypeError, match="the tool 'f' has no function"):
        Tool("f").call("{}")


def test_a_template_without_tools_tells_of_them_in_words() -> None:
    template = ChatTemplate(CHATML)
    tool = Tool.from_function(get_weather).schema
    call = {"id": "1", "function": {"name": "get_weather", "arguments": '{"city": "Köln"}'}}
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "Well.", "tool_calls": [call, call]},
        {"role": "tool", "tool_call_id": "1", "content": "sunny"},
        {"role": "tool", "tool_call_id": "1", "content": "rainy"},
    ]
    prompt = template.apply(messages, tools=[tool])
    system, user, assistant, results, rest = prompt.text.split("<|im_end|>\n")
    assert system.startswith("<|im_start|>system\nBe brief.\n\nYou can call these functions")
    assert json.dumps(tool["function"]) in system
    assert user == "<|im_start|>user\nWeather?"
    written = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Köln"}}\n</tool_call>'
    assert assistant == f"<|im_start|>assistant\nWell.\n{written}\n{written}"
    assert results == (
        "<|im_start|>user\n<tool_response>\nsunny\n</tool_response>\n<tool_response>\nrainy\n</tool_response>"
    )
    assert rest == "<|im_start|>assistant\n"
    assert prompt.lazy
    message = prompt.parse(f"Let me see.\n{written}")
    assert message["content"].strip() == "Let me see."
    assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {"city": "Köln"}
    assert template.apply(messages[:2], tools=[tool], tool_choice="none").text == template.render(messages[:2])
    required = template.apply(messages, tools=[tool], tool_choice="required")
    assert not required.lazy
    assert 'root ::= "<|im_start|>assistant\\n" space tool-calls\n' in required.grammar


def test_types_that_cannot_be_found() -> None:
    def lost(place: "Nowhere") -> None:  # type: ignore[name-defined]  # noqa: F821, UP037
        pass

    with pytest.raises(TypeError, match="a type of .*lost.* cannot be found: name 'Nowhere' is not defined"):
        Tool.from_function(lost)


def test_what_is_nested_too_deeply() -> None:
    def measure(values: list) -> list:  # type: ignore[type-arg]
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        return deep if values else values

    tool = Tool.from_function(measure)
    with pytest.raises(ValueError, match="the arguments are nested too deeply"):
        tool.call('{"values": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(ValueError, match="the result of measure is nested too deeply"):
        tool.call('{"values": [1]}')


def test_a_result_that_no_prompt_can_hold() -> None:
    def half() -> str:
        return "a\ud800b"

    assert Tool.from_function(half).call("{}") == "a?b"


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"type": "object", "properties": {f"p{i}": {"type": "string"} for i in range(8000)}}, "optional properties"),
        ({"required": [f"p{i}" for i in range(8000)], "properties": {f"p{i}": {} for i in range(8000)}}, "5000 parts"),
        ({"type": "array", "minItems": 10**9}, "minItems 1000000000"),
        (5, "must be the JSON schema"),
        ([1], "must be the JSON schema"),
        ({"$ref": "#/nope"}, "points to nothing: there is no 'nope'"),
        ({"properties": {"a": {"type": "string", "pattern": "^(((($"}}}, "is not a valid regular expression"),
    ],
)
def test_parameters_that_no_grammar_is_made_of(parameters: Any, match: str, qwen: ChatTemplate) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}
    with pytest.raises((TemplateError, GrammarError), match=match):
        qwen.apply([{"role": "user", "content": "?"}], tools=[tool])


def test_parameters_that_hold_themselves(qwen: ChatTemplate) -> None:
    parameters: dict[str, Any] = {"type": "object"}
    parameters["properties"] = {"a": parameters}
    tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}
    with pytest.raises(TemplateError, match="nested more than 100 levels deep"):
        qwen.apply([{"role": "user", "content": "?"}], tools=[tool])


def test_a_choice_as_openai_has_it(qwen: ChatTemplate) -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("one", "two")]
    named = qwen.apply([{"role": "user", "content": "?"}], tools=tools, tool_choice="two")
    choice = {"type": "function", "function": {"name": "two"}}
    assert qwen.apply([{"role": "user", "content": "?"}], tools=tools, tool_choice=choice) == named
    assert "two" in named.grammar
    assert "one" not in named.grammar
