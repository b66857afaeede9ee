"""The guards: their text for the torture header, and the compiler's word on the pinned one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bindgen import emit_guard, model
from bindgen.declarations import Api
from bindgen.headers import Header


@pytest.fixture(scope="module")
def guards(torture: Api) -> dict[str, str]:
    """The text of each guard, by the function's name."""
    found = re.findall(r"^.*\blcffi_g_(\w+)\(.*\{\n(?:.*\n)*?\}\n", emit_guard.emit(torture), re.MULTILINE)
    texts = re.findall(r"^.*\blcffi_g_\w+\(.*\{\n(?:.*\n)*?\}\n", emit_guard.emit(torture), re.MULTILINE)
    return dict(zip(found, texts, strict=True))


def test_each_function_has_a_guard_but_the_variadic(torture: Api, guards: dict[str, str]) -> None:
    assert set(guards) == set(torture.functions) - {"t_log"}
    assert {f.name for f in emit_guard.guarded(torture, ["t_add"])} == set(torture.functions) - {"t_log", "t_add"}


def test_a_value_is_returned_from_the_call_and_something_after_an_error(guards: dict[str, str]) -> None:
    assert guards["t_add"] == (
        "int lcffi_g_t_add(int a0, int a1) {\n"
        "    lcffi::guard_scope scope;\n"
        "    try {\n"
        "        return t_add(a0, a1);\n"
        "    } catch (...) {\n"
        '        lcffi::caught("t_add");\n'
        "    }\n"
        "    return {};\n"
        "}\n"
    )


def test_nothing_is_returned_for_void(guards: dict[str, str]) -> None:
    assert "return" not in guards["t_copy"]
    assert "float * __restrict a0" in guards["t_copy"]


def test_types_around_the_name(guards: dict[str, str]) -> None:
    assert guards["t_pick"].startswith("int (*lcffi_g_t_pick(int a0))(int, int) {")
    assert guards["t_sum"].startswith("float lcffi_g_t_sum(const float a0[][4], int a1) {")
    assert guards["t_same"].startswith("struct t_same lcffi_g_t_same(int a0) {")
    assert guards["t_fail"].startswith("struct t_opaque * lcffi_g_t_fail(void) {")


def test_a_plugins_function_is_looked_up_and_not_linked(torture_dir: Path, cxx: str, tmp_path: Path) -> None:
    api = model.load([Header("torture.h", torture_dir / "torture.h", plugin="cpu")], [torture_dir])
    text = emit_guard.emit(api)
    assert 'lcffi::plugin_symbol("cpu", "t_add")' in text
    (tmp_path / "guard_scope.hpp").write_text(
        "namespace lcffi { struct guard_scope { guard_scope(); ~guard_scope(); }; void caught(const char *) noexcept;\n"
        "void * plugin_symbol(const char *, const char *); }\n"
    )
    (tmp_path / "guards.cpp").write_text(text)
    subprocess.run([cxx, "-I", tmp_path, "-I", torture_dir, "-c", "guards.cpp"], cwd=tmp_path, check=True)
    symbols = subprocess.run(["nm", "-u", "guards.o"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "plugin_symbol" in symbols
    assert not re.search(r"\bt_\w+$", symbols, re.MULTILINE)


def test_the_macros_leave_a_tag_of_the_same_name_alone(
    torture: Api, torture_dir: Path, cc: str, tmp_path: Path
) -> None:
    (tmp_path / "x.c").write_text(
        f'#include "torture.h"\n{emit_guard.declarations(torture)}\n'
        "struct t_same value(void) { struct t_same v = t_same(3); return v; }\n"
    )
    done = subprocess.run(
        [cc, "-I", torture_dir, "-E", "-P", tmp_path / "x.c"], capture_output=True, text=True, check=True
    )
    assert "struct t_same v = lcffi_g_t_same(3);" in done.stdout


def test_the_pinned_headers_compile(llama_api: Api, llama_includes: list[Path], cxx: str, tmp_path: Path) -> None:
    (tmp_path / "guards.cpp").write_text(emit_guard.emit(llama_api))
    include = [f"-I{folder}" for folder in llama_includes]
    flags = ["-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([cxx, *flags, *include, tmp_path / "guards.cpp"], check=True)


def test_in_the_pinned_headers_only_the_variadic_have_no_guard(llama_api: Api) -> None:
    guarded = {f.name for f in emit_guard.guarded(llama_api)}
    assert set(llama_api.functions) - guarded == set(llama_api.variadic)
    assert set(llama_api.variadic) == {"ggml_abort", "ggml_format_name"}


def test_a_function_that_is_left_out_says_so_and_is_not_linked(torture_dir: Path) -> None:
    api = model.load([Header("torture.h", torture_dir / "torture.h", ours=True)], [torture_dir])
    text = emit_guard.emit(api, left_out=["torture.h"])
    assert 'lcffi::left_out("t_add", "torture.h");' in text
    assert "return t_add(" not in text
    assert "return t_add(" in emit_guard.emit(api, left_out=["other.h"])


def test_a_macro_for_each_function_that_is_there(torture: Api) -> None:
    macros = re.findall(r"^#define LCFFI_HAS_(\w+)$", emit_guard.features(torture, ["t_add"]), re.MULTILINE)
    assert set(macros) == set(torture.functions) - {"t_add"}
