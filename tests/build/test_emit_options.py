"""The options of Model and Context: one for each field that Python can give."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

from bindgen import emit_options, model
from bindgen.declarations import Api
from bindgen.headers import Header, HeaderError

HEADER = """
#include <stdint.h>
#include <stdbool.h>
enum kind { KIND_A };
typedef void (*call)(void * data);
struct llama_model_params {
    int32_t n_gpu_layers; // number of \\ layers
    enum kind split_mode;
    const float * tensor_split; // size: llama_max_devices()
    call callback;
    void * user_data;
    bool vocab_only;
};
struct llama_context_params { uint32_t n_ctx; float scale; size_t n_samplers; enum kind type_k; };
"""


def run(text: str) -> dict[str, Any]:
    """Execute the module's text."""
    names: dict[str, Any] = {}
    exec(compile(text, "options.py", "exec"), names)
    return names


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("options") / "x.h"
    path.write_text(HEADER)
    return emit_options.emit(model.load([Header("x.h", path)], [path.parent]))


def test_the_legal_names(options: str) -> None:
    names = run(options)
    assert names["MODEL_OPTIONS"] == ("n_gpu_layers", "split_mode", "tensor_split", "vocab_only")
    assert names["CONTEXT_OPTIONS"] == ("n_ctx", "scale", "type_k")


def test_the_types(options: str) -> None:
    names = run(options)
    assert not names["ModelOptions"].__required_keys__
    hints = typing.get_type_hints(names["ModelOptions"], localns={"Sequence": Sequence, "Literal": Literal})
    layers = int | Literal["auto"]
    assert hints == {
        "n_gpu_layers": layers,
        "split_mode": int | str,
        "tensor_split": Sequence[float],
        "vocab_only": bool,
    }
    assert typing.get_type_hints(names["ContextOptions"]) == {"n_ctx": int, "scale": float, "type_k": int | str}


def test_comments_and_what_is_left_out_are_in_the_text(options: str) -> None:
    assert '    n_gpu_layers: int | Literal["auto"]\n    """number of \\\\ layers"""\n' in options
    assert "    callback, user_data.\n" in options


def test_a_struct_that_is_gone_is_named(torture: Api) -> None:
    with pytest.raises(HeaderError, match="llama_model_params"):
        emit_options.emit(torture)


def test_the_pinned_structs_are_covered_field_by_field(llama_api: Api) -> None:
    text = emit_options.emit(llama_api)
    names = run(text)
    for constant, struct in (("MODEL_OPTIONS", "llama_model_params"), ("CONTEXT_OPTIONS", "llama_context_params")):
        fields = {field.name: field.type for field in llama_api.records[struct].fields or ()}
        left_out = set(fields) - set(names[constant])
        assert set(names[constant]) <= set(fields)
        # What is left out is a pointer, or counts what one points to.
        assert all("*" in fields[name] or "callback" in fields[name] or name == "n_samplers" for name in left_out)
        assert all(name in text for name in left_out)


def test_the_committed_options_are_what_the_headers_give(llama_api: Api) -> None:
    committed = Path(__file__).parents[2] / "llamacffi" / "_native" / "options.py"
    assert committed.read_text(encoding="utf-8") == emit_options.emit(llama_api)
