"""What a text of JSON stands for while it is being written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llamacffi import SamplingParams, Sequence
from llamacffi.generation import stream_objects
from llamacffi.generation.constraints import PartialJSON

VALUE = {"name": 'q"\\ é\n🦙', "n": [1, -2.5e3, True, None, {"a": ""}], "": {"x": [[], {}]}, "tail": "\\"}


@pytest.mark.parametrize("text", [json.dumps(VALUE), json.dumps(VALUE, ensure_ascii=False, indent=2)])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_it_only_grows_and_ends_as_the_whole(text: str, size: int) -> None:
    partial = PartialJSON()
    assert partial.value("nothing") == "nothing"
    last: Any = {}
    for start in range(0, len(text), size):
        partial.push(text[start : start + size])
        value = partial.value()
        assert value is not None
        assert grown(last, value), (last, value)
        last = value
    assert last == VALUE
    assert partial.text == text


def grown(old: Any, new: Any) -> bool:
    if isinstance(old, dict):
        return isinstance(new, dict) and all(name in new and grown(one, new[name]) for name, one in old.items())
    if isinstance(old, list):
        return len(old) <= len(new) and all(map(grown, old, new))
    if isinstance(old, str):
        return isinstance(new, str) and new.startswith(old)
    return type(old) is type(new) and old == new


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{", {}),
        ('{"a', {}),
        ('{"a"', {}),
        ('{"a":', {}),
        ('{"a": "x', {"a": "x"}),
        ('{"a": "x"', {"a": "x"}),
        ('{"a": "x",', {"a": "x"}),
        ('{"a": "x", "b', {"a": "x"}),
        ('{"a": "x\\', {"a": "x"}),
        ('{"a": "x\\u00e', {"a": "x"}),
        ('{"a": "x\\\\u00e', {"a": "x\\u00e"}),
        ('{"a": "\\ud83e', {"a": ""}),
        ('{"a": 12', {}),
        ('{"a": 12 ', {}),
        ('{"a": 12}', {"a": 12}),
        ('{"a": tru', {}),
        ('{"a": true', {"a": True}),
        ("[1, 2", [1]),
        ('["', [""]),
        ('[{"a": [', [{"a": []}]),
        ('"x', "x"),
        ("", None),
        ("12", 12),
    ],
)
def test_what_is_cut_off(text: str, value: Any) -> None:
    partial = PartialJSON()
    partial.push(text)
    assert partial.value() == value


def test_a_stream_of_objects(uniform: Sequence) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "minLength": 3, "maxLength": 5}, "b": {"enum": [1, 2]}},
        "required": ["a", "b"],
    }
    values = list(stream_objects(uniform, "hi", SamplingParams(seed=3, top_k=0, min_p=0, top_p=1), schema=schema))
    assert values[0] == {}
    assert 3 <= len(values[-1]["a"]) <= 5
    assert values[-1]["b"] in (1, 2)
    assert all(map(grown, values, values[1:]))
    assert len(values) > 4
    with pytest.raises(ValueError, match="there is no schema"):
        stream_objects(uniform, "hi", SamplingParams(regex="a"))
