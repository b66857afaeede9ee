"""JSON Schema: what is said under one is valid by the jsonschema package, and what cannot be honoured is refused."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from llamacffi import ChatTemplate, GrammarError, Greedy, Model, SamplerChain, SamplingParams, Sequence, generate
from llamacffi.generation.constraints import JSONSchema
from llamacffi.generation.constraints.schema import Unsupported, gbnf_schema
from tests.capabilities import needs
from tests.models import spm_vocab

WILD: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "max_tokens": 1200}


def values(sequence: Sequence, schema: Any, n: int = 8) -> list[Any]:
    """What a model that knows nothing says, as JSON; answers that found no end are left out."""
    completions = [generate(sequence, "hi", SamplingParams(seed=seed, schema=schema, **WILD)) for seed in range(n)]
    return [json.loads(each.text) for each in completions if each.finish_reason == "stop"]


def check(sequence: Sequence, schema: Any, n: int = 8) -> list[Any]:
    found = values(sequence, schema, n)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for value in found:
        validator.validate(value)
    assert len(found) >= n // 2
    return found


PAIR = {
    "type": "object",
    "properties": {"kind": {"const": "pair"}, "of": {"$ref": "#/$defs/item"}},
    "required": ["kind"],
}
LEAF = {
    "type": "object",
    "properties": {"kind": {"const": "leaf"}, "n": {"type": "integer"}},
    "required": ["kind", "n"],
}

SCHEMAS: dict[str, Any] = {
    "two levels": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 2, "maxLength": 6},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}, "minItems": 1, "maxItems": 3},
            "more": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
        },
        "required": ["name", "tags", "more"],
        "additionalProperties": False,
    },
    "other properties": {
        "type": "object",
        "properties": {"ab": {"type": "integer"}, "a": {"type": "boolean"}, "é": {"type": "null"}},
        "required": ["a"],
        "additionalProperties": {"type": "string", "maxLength": 4},
    },
    "required but not described": {"type": "object", "required": ["a"], "additionalProperties": {"type": "boolean"}},
    "names that need care": {
        "type": "object",
        "properties": {
            name: {"const": name} for name in ('q"', "b\\", "n\n", "space", "string", "root", "a-b", "a b", "🦙")
        },
        "required": ['q"', "b\\", "n\n"],
        "additionalProperties": False,
    },
    "definitions that sound alike": {
        "type": "array",
        "prefixItems": [{"$ref": "#/$defs/a-b"}, {"$ref": "#/$defs/a b"}, {"$ref": "#/$defs/a~1b"}],
        "minItems": 3,
        "items": False,
        "$defs": {"a-b": {"type": "boolean"}, "a b": {"type": "null"}, "a/b": {"enum": ["x"]}},
    },
    "a tree": {"type": "object", "properties": {"left": {"$ref": "#"}}, "additionalProperties": False},
    "alternatives": {"anyOf": [{"type": "string", "maxLength": 2}, {"type": "array", "maxItems": 0}, {"type": "null"}]},
    "one of the kinds": {
        "oneOf": [PAIR | {"additionalProperties": False}, LEAF],
        "$defs": {"item": {"type": "boolean"}},
    },
    "types in a list": {"type": ["string", "null", "integer"], "maxLength": 2, "minimum": -5, "maximum": 5},
    "enum within a type": {"type": "string", "enum": ["a", 1, 'q"', "\u00e9\n", None]},
    "constants of every kind": {"enum": [{"a": [1, 2.5, None]}, [], "x", True, -7, 1e30]},
    "all of": {
        "allOf": [{"$ref": "#/$defs/base"}, {"properties": {"b": {"type": "boolean"}}, "required": ["b"]}],
        "$defs": {
            "base": {"type": "object", "properties": {"a": {"type": "integer", "minimum": 3}}, "required": ["a"]}
        },
    },
    "beside anyOf": {
        "type": "object",
        "properties": {"a": {"type": "boolean"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "a pattern": {"type": "string", "pattern": r'^[A-Z"\\]{2}\d+(é|\n)?$'},
    "dates": {"type": "array", "prefixItems": [{"type": "string", "format": "date"}], "minItems": 1, "maxItems": 1},
    "uuid": {"type": "string", "format": "uuid"},
    "tuple cut short": {
        "prefixItems": [{"type": "boolean"}, {"type": "null"}, {"type": "null"}],
        "maxItems": 2,
        "type": "array",
    },
    "no items": {"type": "array", "items": False},
    "draft 4 tuple": {"type": "array", "prefixItems": [{"type": "boolean"}], "minItems": 1},
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_said_is_valid(uniform: Sequence, name: str) -> None:
    check(uniform, SCHEMAS[name])


def test_a_pattern_is_looked_for_in_the_whole_string(uniform: Sequence) -> None:
    vocab = uniform.context.model.vocab
    characters = spm_vocab().ids
    schema = JSONSchema({"type": "string", "pattern": "ab|^c|d$"})
    for text in ("ab", "xab", 'x\n"abx', "c", "cz", "d", "yd"):
        with SamplerChain(schema.stage(vocab), Greedy(), vocab=vocab) as chain:
            chain.accept([characters[character] for character in json.dumps(text)])
            assert chain.apply([0.0], [vocab.eos or 0]).logits[0] == 0
    for text in ("xc", "a", "dx", ""):
        with SamplerChain(schema.stage(vocab), Greedy(), vocab=vocab) as chain, pytest.raises(GrammarError):
            chain.accept([characters[character] for character in json.dumps(text)])


def test_integers_are_in_their_bounds_and_reach_them(uniform: Sequence) -> None:
    rng = random.Random(5)
    for _ in range(25):
        low, high = sorted(rng.choice([-1, 1]) * rng.randrange(10 ** rng.randrange(1, 6)) for _ in range(2))
        bounds = {"minimum": low, "maximum": high}
        for keyword in rng.sample(sorted(bounds), rng.randrange(2)):
            del bounds[keyword]
        check(uniform, {"type": "integer", **bounds}, 4)
    assert set(values(uniform, {"type": "integer", "exclusiveMinimum": -2, "maximum": 1.5}, 30)) == {-1, 0, 1}
    assert set(values(uniform, {"type": "integer", "minimum": 99, "exclusiveMaximum": 102}, 30)) == {99, 100, 101}
    check(uniform, {"type": "integer", "maximum": -5}, 20)
    check(uniform, {"type": "integer", "minimum": 100}, 20)


def test_dates_are_in_the_calendar(uniform: Sequence) -> None:
    for text in values(uniform, {"type": "string", "format": "date"}, 40):
        date.fromisoformat(text)
    for text in values(uniform, {"type": "string", "format": "date-time"}, 20):
        assert datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is not None
    for text in values(uniform, {"type": "string", "format": "time"}, 10):
        clock.fromisoformat(text.replace("Z", "+00:00"))
    assert all(text[14] == "4" for text in values(uniform, {"type": "string", "format": "uuid4"}, 10))


def random_schema(rng: random.Random, depth: int = 0) -> dict[str, Any]:
    kind = rng.choice(
        ["string", "integer", "boolean", "enum", "null", "object", "array", "anyOf"][: 5 if depth == 3 else 8]
    )
    if kind == "string":
        least = rng.randrange(3)
        return {"type": "string", "minLength": least, "maxLength": least + rng.randrange(4)}
    if kind == "integer":
        low = rng.randrange(-1000, 1000)
        return {"type": "integer", "minimum": low, "maximum": low + rng.randrange(500)}
    if kind == "enum":
        return {"enum": rng.sample([None, True, 1.5, "x", '\u00fc"\\', [1], {"a": "b"}], rng.randrange(1, 4))}
    if kind == "array":
        least = rng.randrange(2)
        return {"type": "array", "items": random_schema(rng, depth + 1), "minItems": least, "maxItems": least + 2}
    if kind == "anyOf":
        return {"anyOf": [random_schema(rng, depth + 1) for _ in range(2)]}
    if kind != "object":
        return {"type": kind}
    names = rng.sample(["a", "b", "name", "x-y", "1", "é", "true"], rng.randrange(4))
    return {
        "type": "object",
        "properties": {name: random_schema(rng, depth + 1) for name in names},
        "required": [name for name in names if rng.randrange(2)],
        "additionalProperties": False,
    }


@pytest.mark.parametrize("seed", range(30))
def test_random_schemas(uniform: Sequence, seed: int) -> None:
    check(uniform, random_schema(random.Random(seed)), 3)


@pytest.mark.parametrize(
    ("schema", "keyword", "path"),
    [
        ({"type": "integer", "multipleOf": 3}, "multipleOf", "#/multipleOf"),
        ({"properties": {"a": {"not": {"type": "null"}}}}, "not", "#/properties/a/not"),
        ({"type": "array", "items": {"type": "array", "uniqueItems": True}}, "uniqueItems", "#/items/uniqueItems"),
        ({"type": "object", "patternProperties": {"^a": {}}}, "patternProperties", "#/patternProperties"),
        ({"if": {"type": "null"}}, "if", "#/if"),
        ({"type": "object", "minProperties": 1}, "minProperties", "#/minProperties"),
        ({"type": "object", "propertyNames": {"maxLength": 3}}, "propertyNames", "#/propertyNames"),
        ({"type": "object", "dependentRequired": {"a": ["b"]}}, "dependentRequired", "#/dependentRequired"),
        ({"type": "array", "contains": {"const": 1}}, "contains", "#/contains"),
        ({"type": "number", "minimum": 0.5}, "minimum", "#/minimum"),
        ({"minimum": 3}, "minimum", "#/minimum"),
        ({"type": "string", "format": "email"}, "format", "#/format"),
        ({"type": "string", "maxLength": 3, "pattern": "a"}, "pattern", "#/pattern"),
        ({"type": "string", "maxLength": 3000}, "maxLength", "#/maxLength"),
        ({"type": "string", "pattern": "(?=a)"}, "pattern", "#/pattern"),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "oneOf", "#/oneOf"),
        ({"$ref": "other.json#/a"}, "$ref", "#/$ref"),
        ({"$defs": {"a/b": {"type": "array", "contains": {}}}, "$ref": "#/$defs/a~1b"}, "contains", "#/$defs/a~1b/c"),
        ({"enum": [1, 2], "minimum": 2}, "minimum", "#/minimum"),
        ({"allOf": [{"pattern": "a"}, {"pattern": "b"}], "type": "string"}, "pattern", "#/allOf/1/pattern"),
        ({"type": "object", "properties": {'"': {}}, "additionalProperties": {}}, "additional", "#/additional"),
        ({"type": "object", "properties": {str(i): {} for i in range(500)}}, "properties", "#/properties"),
        ({"const": 2**70}, "const", "#/const"),
        ({"type": "string", "nullable": True}, "nullable", "#/nullable"),
    ],
)  # fmt: skip
def test_a_keyword_that_cannot_be_honoured_is_named_with_its_path(schema: Any, keyword: str, path: str) -> None:
    with pytest.raises(Unsupported) as error:
        gbnf_schema(schema)
    assert keyword in str(error.value)
    assert path in str(error.value)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (False, "false allows no value"),
        ({"type": "string", "maxLenght": 3}, "#/maxLenght is not valid: 'maxLenght' is no keyword"),
        ([], "a schema is an object or a boolean"),
        ({"type": "strin"}, "'strin', but must be of object, array"),
        ({"$ref": "#/$defs/a"}, "there is no '$defs'"),
        ({"$ref": 3}, "must be a string"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "in a circle"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}, "circle"),
        ({"allOf": [{"$ref": "#"}, {"type": "object"}]}, "leads to itself"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "no integer is in its bounds"),
        ({"type": "integer", "minimum": "3"}, "must be a number"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "minLength is 3, but maxLength 2"),
        ({"type": "array", "maxItems": -1}, "must be a number from 0"),
        ({"enum": []}, "and not empty"),
        ({"type": "null", "enum": [1]}, "none of its values"),
        ({"anyOf": []}, "and not empty"),
        ({"type": "object", "properties": []}, "must be an object"),
        ({"type": "object", "required": "a"}, "must be a list of names"),
        ({"type": "object", "required": ["a"], "additionalProperties": False}, "#/properties/a"),
        ({"allOf": [{"type": "string"}, {"type": "null"}]}, "of type 'string' and of type 'null'"),
        ({"const": float("nan")}, "no number of JSON"),
        ({"const": {1, 2}}, "is not JSON"),
        ({"const": "\ud800"}, "surrogate"),
    ],
)  # fmt: skip
def test_a_schema_that_is_not_valid_is_refused(schema: Any, message: str) -> None:
    with pytest.raises(GrammarError, match=re.escape(message)):
        gbnf_schema(schema)


def nested(n: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "null"}
    for _ in range(n):
        schema = {"type": "array", "items": schema}
    return schema


BIG: dict[str, Any] = {
    "wide": {"type": "object", "properties": {f"property{i}": {"type": "string"} for i in range(30_000)}},
    "wide and required": {
        "type": "object",
        "properties": {f"property{i}": {"type": "integer", "minimum": 1} for i in range(15_000)},
        "required": [f"property{i}" for i in range(15_000)],
    },
    "one huge enum": {"enum": [f"value {i}" for i in range(60_000)]},
    "one huge constant": {"const": "x" * 990_000},
    "one huge name": {"type": "object", "properties": {"é" * 80_000: {"type": "null"}}, "required": []},
    "many references": {
        "type": "array",
        "items": {"anyOf": [{"$ref": f"#/$defs/d{i}"} for i in range(4000)]},
        "$defs": {f"d{i}": {"type": "array", "items": {"$ref": f"#/$defs/d{(i + 1) % 4000}"}} for i in range(4000)},
    },
    "patterns": {"anyOf": [{"type": "string", "pattern": f"^[a-z]{{{i % 9}}}$"} for i in range(4000)]},
    "deep": nested(400),
    "very deep": nested(5000),
    "too large": {"description": "x" * 1_000_000},
}  # fmt: skip


@pytest.mark.parametrize("name", BIG)
def test_a_megabyte_of_schema_takes_bounded_time(uniform: Sequence, name: str) -> None:
    begin = time.process_time()
    message = ""
    try:
        with SamplingParams(schema=BIG[name]).chain(uniform.context.model.vocab):
            pass
    except GrammarError as error:
        message = str(error)
    assert len(message) < 1000
    assert time.process_time() - begin < 20


def test_the_same_schema_is_converted_once() -> None:
    schema = SCHEMAS["two levels"]
    assert JSONSchema(schema).gbnf is JSONSchema(schema).gbnf


@needs("llama-common's JSON Schema")
def test_deep_constants_on_a_thread_with_little_stack() -> None:
    # In a process of its own: what goes wrong would end it.
    program = """
import threading
from llamacffi.generation.constraints.schema import gbnf_schema
value = "x"
for _ in range(300):
    value = [value]
done = []
threading.stack_size(256 * 1024)
thread = threading.Thread(target=lambda: done.append(gbnf_schema({"const": value, "title": "é" * 1000})))
thread.start()
thread.join()
print(done[0].count("["))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 300


@pytest.mark.model
def test_the_default_model_fills_in_a_form(default_model: Path) -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 30},
            "age": {"type": "integer", "minimum": 0, "maximum": 120},
            "address": {
                "type": "object",
                "properties": {
                    "street": {"type": "string", "maxLength": 30},
                    "city": {"type": "string", "maxLength": 20},
                },
                "required": ["street", "city"],
            },
            "hobbies": {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 4},
        },
        "required": ["name", "age", "address", "hobbies"],
    }
    with Model(default_model) as model, model.context(n_ctx=1024, n_threads=1) as context:
        sequence = Sequence(context)
        question = "Invent a person who lives in a small town: name, age, address and hobbies, as JSON."
        prompt = ChatTemplate.from_model(model).render([{"role": "user", "content": question}])
        for seed in range(5):
            params = SamplingParams(temperature=0.8, seed=seed, max_tokens=512, schema=schema)
            jsonschema.validate(generate(sequence, prompt, params).parsed, schema)


def test_many_alternatives_are_told_apart_by_a_constant_or_are_too_many() -> None:
    def union(n: int, name: str) -> dict[str, Any]:
        properties = [{"kind": {"const": i}, "name": {"type": "string"}} for i in range(n)]
        return {"oneOf": [{"type": "object", "properties": each, "required": [name]} for each in properties]}

    assert gbnf_schema(union(900, "kind"))
    with pytest.raises(GrammarError, match="#/oneOf cannot be honoured: 900 alternatives, of 200 at most"):
        gbnf_schema(union(900, "name"))
    same = union(3, "kind")
    same["oneOf"].append(same["oneOf"][0])
    with pytest.raises(GrammarError, match="alternatives 0 and 3 may match both"):
        gbnf_schema(same)
