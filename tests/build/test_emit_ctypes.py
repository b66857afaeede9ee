"""Headers as modules of ctypes."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bindgen import emit_ctypes, model
from bindgen.declarations import Api
from bindgen.headers import Header

LLAMA = """
#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>
#define LLAMA_SEED 0xFFFFFFFF
#define LLAMA_NAME "a \\"name\\""
#define LLAMA_TEXT_H
enum llama_kind { LLAMA_KIND_A = 3, LLAMA_KIND_B };
struct llama_model;
typedef struct llama_memory_i * llama_memory_t;
typedef int32_t llama_token;
typedef bool (*llama_call)(float done, struct llama_model * model, void * data);
struct llama_item { llama_token id; const char * name; char key[16]; union { int64_t i; double f; }; };
struct llama_array { struct llama_item * data; size_t size; const int8_t * flags; };
struct llama_iface { const char * (*name)(const struct llama_array * a); };
struct llama_params { enum llama_kind kind; llama_call call; void ** devices; struct llama_item item; };
struct llama_params llama_default(void);
int32_t llama_work(struct llama_model * m, struct llama_array a, const char ** names, char * out, size_t n);
const char * llama_text(llama_memory_t memory, enum llama_kind kind);
void llama_old(llama_call call);
void llama_print(const char * fmt, ...);
"""
MTMD = """
#include "llama.h"
struct mtmd_part { struct llama_item * item; char * state_data; };
bool mtmd_take(struct mtmd_part * part, llama_call call);
"""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("headers")
    (folder / "llama.h").write_text(LLAMA)
    (folder / "mtmd.h").write_text(MTMD)
    headers = [Header(name, folder / name) for name in ("llama.h", "mtmd.h")]
    return emit_ctypes.emit(model.load(headers, [folder]))


@pytest.fixture
def modules(texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The modules, with `function` a tuple of what it is given; the llama module's `checked` are its structures."""
    checked: list[tuple[str, str]] = []
    foreign = ModuleType("llamacffi._native.foreign")
    foreign.function = lambda *arguments: arguments  # type: ignore[attr-defined]
    foreign.laid_out = lambda record, spelt: checked.append((record.__name__, spelt))  # type: ignore[attr-defined]
    foreign.compiled = lambda name: f"the compiler's {name}"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, foreign.__name__, foreign)
    found = []
    for file, text in texts.items():
        module = ModuleType(f"llamacffi._native.{file.removesuffix('.py')}")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(text, file, "exec"), vars(module))
        found.append(module)
    found[0].checked = checked  # type: ignore[attr-defined]
    return found[0], found[1]


def test_constants(modules: tuple[Any, Any]) -> None:
    llama, _ = modules
    assert (llama.LLAMA_KIND_A, llama.LLAMA_KIND_B, llama.LLAMA_SEED) == (3, 4, 0xFFFFFFFF)
    assert llama.LLAMA_NAME == b'a "name"'
    assert not hasattr(llama, "LLAMA_TEXT_H")


def test_structures(modules: tuple[Any, Any]) -> None:
    llama, mtmd = modules
    item = llama.llama_item
    # By the rules of the x86-64 and AArch64 ABIs: 4 + 4, 8, 16, then the union's 8.
    assert [(name, getattr(item, name).offset) for name, *_ in item._fields_] == [
        ("id", 0),
        ("name", 8),
        ("key", 16),
        ("value", 32),
    ]
    assert ctypes.sizeof(item) == 40
    assert (item.i.offset, item.f.offset) == (32, 32)
    assert dict(llama.llama_array._fields_) == {
        "data": ctypes.POINTER(item),
        "size": ctypes.c_size_t,
        "flags": ctypes.POINTER(ctypes.c_int8),
    }
    assert ("llama_item", "struct llama_item") in llama.checked
    assert [name for name, _ in llama.checked] == [
        "llama_item",
        "llama_array",
        "llama_iface",
        "llama_params",
        "mtmd_part",
    ]
    params = dict(llama.llama_params._fields_)
    assert params == {"kind": ctypes.c_int, "call": llama.llama_call, "devices": ctypes.c_void_p, "item": item}
    assert dict(mtmd.mtmd_part._fields_) == {
        "item": ctypes.POINTER(item),
        "state_data": ctypes.POINTER(ctypes.c_char),
    }


def test_function_types(modules: tuple[Any, Any]) -> None:
    llama, _ = modules
    assert llama.llama_call._restype_ is ctypes.c_bool
    assert llama.llama_call._argtypes_ == (ctypes.c_float, ctypes.c_void_p, ctypes.c_void_p)
    assert llama.llama_iface_name._argtypes_ == (ctypes.POINTER(llama.llama_array),)
    assert dict(llama.llama_iface._fields_) == {"name": llama.llama_iface_name}


def test_functions(modules: tuple[Any, Any]) -> None:
    llama, mtmd = modules
    assert llama.llama_default[:3] == ("llama_default", llama.llama_params, [])
    assert llama.llama_work == (
        "llama_work",
        ctypes.c_int32,
        [
            ctypes.c_void_p,
            llama.llama_array,
            ctypes.POINTER(ctypes.c_char_p),
            ctypes.c_char_p,
            ctypes.c_size_t,
        ],
        "int32_t llama_work(struct llama_model * m, struct llama_array a, const char ** names, char * out, size_t n)",
    )
    assert llama.llama_text[1:3] == (ctypes.c_char_p, [ctypes.c_void_p, ctypes.c_int])
    assert not hasattr(llama, "llama_print")
    assert mtmd.mtmd_take[2] == [ctypes.POINTER(mtmd.mtmd_part), llama.llama_call]


def test_the_hint_of_what_is_deprecated() -> None:
    api = Api.from_json((Path(__file__).parents[2] / "llamacffi" / "_native" / "api.json").read_text(encoding="utf-8"))
    text = emit_ctypes.emit(api)["ctypes_llama.py"]
    line = next(line for line in text.splitlines() if line.startswith("llama_n_vocab:"))
    assert line.endswith('"use llama_vocab_n_tokens instead")')


def test_the_committed_modules_are_what_the_headers_give() -> None:
    native = Path(__file__).parents[2] / "llamacffi" / "_native"
    api = Api.from_json((native / "api.json").read_text(encoding="utf-8"))
    for name, text in emit_ctypes.emit(api).items():
        assert (native / name).read_text(encoding="utf-8") == text
