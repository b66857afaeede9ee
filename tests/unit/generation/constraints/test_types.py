"""Python types as schemas, and what was said as their objects."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
import uuid
from typing import Any, Literal, Optional, TypedDict

import jsonschema
import pydantic
import pytest

from llamacffi import GrammarError, SamplingParams, Sequence, generate
from llamacffi.generation.constraints import JSONSchema
from llamacffi.generation.constraints.types import schema_of

WILD: dict[str, Any] = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "temperature": 1.0, "max_tokens": 1500}


class Colour(enum.Enum):
    RED = "red"
    BLUE = 3


@dataclasses.dataclass
class Point:
    x: int
    y: int = 7


@dataclasses.dataclass(frozen=True)
class Tree:
    point: Point
    colour: Colour
    kind: Literal["leaf", "branch", 1]
    children: list[Tree]
    when: Optional[dt.date] = None  # noqa: UP045 - both spellings
    pair: tuple[bool, None] | None = None
    notes: dict[str, bool] = dataclasses.field(default_factory=dict)


class Film(TypedDict, total=False):
    title: Literal["Alien"]
    year: int


class Address(pydantic.BaseModel):
    city: str = pydantic.Field(max_length=5)
    number: int = pydantic.Field(ge=1, le=30)


class Person(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=1, max_length=4)
    home: Address
    tags: list[Literal["a", "b"]] = pydantic.Field(max_length=2)
    id: uuid.UUID
    born: dt.date
    partner: Person | None = None


def objects(sequence: Sequence, kind: Any, n: int = 8) -> list[Any]:
    found = [generate(sequence, "hi", SamplingParams(seed=seed, **WILD), schema=kind) for seed in range(n)]
    return [each.parsed for each in found if each.finish_reason == "stop"]


def test_dataclasses(uniform: Sequence) -> None:
    found = objects(uniform, Tree, 20)
    assert len(found) >= 5
    for tree in found:
        assert type(tree) is Tree
        assert type(tree.point) is Point
        assert type(tree.colour) is Colour
        assert tree.kind in ("leaf", "branch", 1)
        assert all(type(child) is Tree for child in tree.children)
        assert tree.when is None or type(tree.when) is dt.date
        assert tree.pair in (None, (True, None), (False, None))
    assert {point.y for point in objects(uniform, Point, 30)} > {7}


def test_pydantic_models(uniform: Sequence) -> None:
    found = objects(uniform, Person, 10)
    assert len(found) >= 5
    for person in found:
        assert type(person) is Person
        assert 1 <= person.home.number <= 30
        assert len(person.name) <= 4
        jsonschema.validate(person.model_dump(mode="json"), Person.model_json_schema())


def test_a_models_own_validators_speak(uniform: Sequence) -> None:
    class Even(pydantic.BaseModel):
        n: Literal[1, 3]

        @pydantic.field_validator("n")
        @classmethod
        def even(cls, n: int) -> int:
            message = "odd"
            raise ValueError(message)

    completion = generate(uniform, "hi", SamplingParams(seed=1), schema=Even)
    with pytest.raises(pydantic.ValidationError, match="odd"):
        _ = completion.parsed


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        (bool, {True, False}),
        (Literal["a", 1], {"a", 1}),
        (Colour, set(Colour)),
        (bool | None, {True, False, None}),
    ],
)
def test_small_types_are_all_said(uniform: Sequence, kind: Any, allowed: set[Any]) -> None:
    assert set(objects(uniform, kind, 30)) == allowed


def test_other_types() -> None:
    assert JSONSchema(list[float]).parse("[1, 2.5]") == [1.0, 2.5]
    assert type(JSONSchema(float).parse("1")) is float
    assert JSONSchema(Film).parse('{"year": 1979}') == {"year": 1979}
    assert JSONSchema(dict[str, list[int | str]]).parse('{"a": [1, "x"]}') == {"a": [1, "x"]}
    assert JSONSchema(tuple[int, ...]).parse("[1, 2]") == (1, 2)
    assert JSONSchema(uuid.UUID).parse(f'"{uuid.UUID(int=5)}"') == uuid.UUID(int=5)
    assert JSONSchema(dt.datetime).parse('"2024-02-03T10:20:30+01:00"').utcoffset() == dt.timedelta(hours=1)
    assert schema_of(Film)["$defs"]["Film"]["required"] == []


@pytest.mark.parametrize("kind", [complex, set[int], dict[int, str], object(), list[bytes]])
def test_types_that_have_no_schema(kind: Any) -> None:
    with pytest.raises(GrammarError, match=r"has no JSON Schema|which a grammar cannot hold"):
        JSONSchema(kind)


@pytest.mark.parametrize("kind", [list[Tree], Tree | None, dict[str, Point], tuple[Point, Tree]])
def test_types_with_dataclasses_in_them(kind: Any) -> None:
    schema = schema_of(kind)
    json.dumps(schema)
    assert schema["$defs"]["Point"] == schema_of(Point)["$defs"]["Point"]
    JSONSchema(kind)
