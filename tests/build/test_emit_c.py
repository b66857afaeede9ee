"""The C source: compiled, imported and called for the torture header; compiled for the pinned one."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from bindgen import emit_c, emit_guard, model
from bindgen.declarations import Api
from bindgen.emit_c import EmitError
from bindgen.headers import Header

CSRC = Path(__file__).parents[2] / "llamacffi" / "_native" / "csrc"
PYTHON_H = sysconfig.get_path("include")

# A guard of few lines in the place of the real one, which needs ggml.
SCOPE = r"""
#pragma once
#include <exception>
#include <string>
#include "pending.h"
namespace lcffi {
struct guard_scope { guard_scope() { lcffi_pending = 0; } };
void caught(const char * function) noexcept;
void * plugin_symbol(const char * backend, const char * function);
}
"""
SCOPE_CODE = r"""
#include "guard_scope.hpp"
LCFFI_THREAD_LOCAL int lcffi_pending = 0;
static std::string text;
void lcffi::caught(const char * function) noexcept {
    lcffi_pending = 1;
    try { throw; } catch (const std::exception & error) { text = std::string(function) + ": " + error.what(); }
}
void lcffi_take_pending(const char ** error_class, const char ** message) {
    lcffi_pending = 0;
    *error_class = "MemoryError";
    *message = text.c_str();
}
"""


@pytest.fixture(scope="module")
def built(torture: Api, torture_dir: Path, cc: str, cxx: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The torture header as an extension module: generated, compiled, loaded."""
    if not (Path(PYTHON_H) / "Python.h").exists():
        pytest.skip("no Python.h: apt-get install python3-dev")
    folder = tmp_path_factory.mktemp("built")
    emit_c.write_module(torture, folder / "_llama.c")
    (folder / "guards.cpp").write_text(emit_guard.emit(torture))
    (folder / "guard_scope.hpp").write_text(SCOPE)
    (folder / "scope.cpp").write_text(SCOPE_CODE)
    # Copied: `#include "guard_scope.hpp"` in csrc would find the real one first.
    for name in ("raise.h", "pending.h"):
        (folder / name).write_text((CSRC / name).read_text(encoding="utf-8"))
    include = ["-I", str(folder), "-I", str(torture_dir), "-I", PYTHON_H]
    warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-unused-function"]
    # cffi's own code: fields it checks without use, casts of functions.
    quiet = ["-Wno-missing-field-initializers", "-Wno-cast-function-type", "-Wno-sign-compare", "-Wno-type-limits"]
    for compiler, source in (
        (cc, folder / "_llama.c"),
        (cxx, folder / "guards.cpp"),
        (cxx, folder / "scope.cpp"),
        (cxx, torture_dir / "torture.cpp"),
    ):
        output = ["-c", str(source), "-o", str(folder / f"{source.stem}.o")]
        subprocess.run([compiler, "-fPIC", *warnings, *quiet, *include, *output], check=True)
    module = folder / f"_llama{importlib.machinery.EXTENSION_SUFFIXES[0]}"
    subprocess.run([cxx, "-shared", *folder.glob("*.o"), "-o", module], check=True)
    spec = importlib.util.spec_from_file_location("_llama", module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_functions_compute(built: Any) -> None:
    lib, ffi = built.lib, built.ffi
    assert lib.t_add(2, 3) == 5
    assert lib.t_twice(21) == 42
    assert lib.t_old(1, 2) == 3
    assert lib.t_pick(0)(6, 7) == 13
    assert lib.t_pick(1)(6, 7) == 42
    assert lib.t_make(65537).bits == 1
    assert lib.t_same(9).x == 9
    assert lib.t_log(b"%d", ffi.cast("int", 1)) == 42
    copied = ffi.new("float[3]")
    lib.t_copy(copied, [1.5, 2.5, 3.5], 3)
    assert list(copied) == [1.5, 2.5, 3.5]
    assert lib.t_sum(ffi.new("float[2][4]", [[1, 2, 3, 4], [5, 6, 7, 8]]), 2) == 36


def test_records_have_the_compilers_layout(built: Any) -> None:
    ffi = built.ffi
    flags = ffi.new("struct t_flags *", {"a": 5, "b": 17, "c": -3})
    assert (flags.a, flags.b, flags.c) == (5, 17, -3)
    assert int.from_bytes(ffi.buffer(flags), sys.byteorder) & 0x7 == 5 or sys.byteorder == "big"
    value = ffi.new("struct t_value *")
    value.d = 0.25
    value.inner[1].x = 8
    assert built.lib.t_value_double(value[0]) == 0.25
    value.i = 0
    value.hi = 1
    assert value.i == 1 << 16 or sys.byteorder == "big"
    matrix = ffi.new("struct t_matrix *")
    assert (len(matrix.cells), len(matrix.cells[0]), len(matrix.name)) == (2, 4, 16)
    assert len(matrix.tail) == ffi.sizeof("struct t_flags")


def test_constants_come_from_the_compiler(built: Any) -> None:
    lib = built.lib
    assert (lib.T_GREEN, lib.T_LAST, lib.T_ANONYMOUS, lib.T_OFF) == (8, 9, 7, -1)
    assert (lib.T_MASK, lib.T_OCTAL, lib.T_CHAR, lib.T_NEGATIVE, lib.T_LAST_COLOR) == (35, 15, 65, -4, 9)
    assert (built.ffi.sizeof("struct t_flags"), 44) == (lib.T_WIDTH, lib.T_CAST)
    assert built.ffi.string(lib.T_NAME) == b"torture"
    assert lib.T_RATIO == -0.5
    assert (list(lib.t_table), lib.t_fixed) == ([5, 6, 7], 11)
    assert built.ffi.string(built.ffi.cast("t_switch", -1)) == "T_OFF"


def test_callbacks_are_called(built: Any) -> None:
    lib, ffi = built.lib, built.ffi

    ffi.def_extern("cb_t_ops_apply")(lambda _ops, x: x * 10)
    ffi.def_extern("cb_t_binary")(lambda a, b: a + b)
    ops = ffi.new("struct t_ops *", {"apply": lib.cb_t_ops_apply, "binary": lib.cb_t_binary})
    assert lib.t_apply(ops, 4) == 45


def test_a_cxx_exception_is_raised(built: Any) -> None:
    with pytest.raises(MemoryError, match="t_throw: spilled"):
        built.lib.t_throw(b"spilled")
    with pytest.raises(MemoryError, match="t_fail: "):
        built.lib.t_fail()
    assert built.lib.t_add(1, 1) == 2


def test_what_cffi_refuses_is_listed_and_the_rest_stays(torture: Api, built: Any) -> None:
    ((declaration, reason),) = emit_c.emit(torture).refused
    assert declaration == "int t_vlog(const char * fmt, va_list args);"
    assert "va_list" in reason
    assert not hasattr(built.lib, "t_vlog")
    assert set(torture.functions) - set(dir(built.lib)) == {"t_vlog"}


def test_missing_functions_are_left_out(torture: Api) -> None:
    source = emit_c.emit(torture, missing=["t_add"])
    assert "t_add(" not in source.cdef + source.preamble
    assert "t_old(" in source.cdef
    assert "t_old(" in source.preamble


def test_the_file_is_written_only_when_it_changes(torture: Api, tmp_path: Path) -> None:
    path = tmp_path / "new" / "_llama.c"
    emit_c.write_module(torture, path)
    written = path.stat().st_mtime_ns
    emit_c.write_module(torture, path)
    assert path.stat().st_mtime_ns == written
    emit_c.write_module(torture, path, missing=["t_add"])
    assert "t_add" not in path.read_text()


def test_a_tag_used_as_a_type_name_compiles(tmp_path: Path, cc: str) -> None:
    (tmp_path / "late.h").write_text("struct late { int x; };\nint get(late * a);\n")
    api = model.load([Header("late.h", tmp_path / "late.h")], [tmp_path])
    emit_c.write_module(api, tmp_path / "_llama.c")
    include = ["-I", str(tmp_path), "-I", str(CSRC), "-I", PYTHON_H]
    subprocess.run([cc, "-fsyntax-only", "-Wall", "-Werror", *include, tmp_path / "_llama.c"], check=True)


def test_a_wrapper_that_is_not_guarded_stops_the_build(
    torture: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(emit_guard, "guarded", lambda api, _missing: tuple(api.functions.values()))
    with pytest.raises(EmitError, match="take the GIL back"):
        emit_c.write_module(torture, tmp_path / "_llama.c")


def test_a_tag_before_a_parenthesis_stops_the_build(tmp_path: Path) -> None:
    """A pointer to a function that returns `struct f`, where `f` is a function too."""
    (tmp_path / "x.h").write_text("struct f { int x; };\nstruct f f(int x);\nstruct g { struct f (*call)(int x); };\n")
    api = model.load([Header("x.h", tmp_path / "x.h")], [tmp_path])
    with pytest.raises(EmitError, match="`f` is a function and a tag"):
        emit_c.write_module(api, tmp_path / "_llama.c")


# ---- the pinned headers ------------------------------------------------------------------------------------------


def test_the_pinned_headers_lose_nothing(llama_api: Api) -> None:
    source = emit_c.emit(llama_api)
    assert source.refused == ()
    declared = set(re.findall(r"\b(\w+)\(", source.cdef))
    assert set(llama_api.functions) <= declared
    assert source.preamble.endswith('\n#include "raise.h"')


def test_the_pinned_headers_compile(llama_api: Api, llama_includes: list[Path], cc: str, tmp_path: Path) -> None:
    path = tmp_path / "_llama.c"
    assert emit_c.write_module(llama_api, path) == ()
    include = [f"-I{folder}" for folder in (*llama_includes, PYTHON_H)]
    subprocess.run([cc, "-fsyntax-only", "-Wall", "-Werror", *include, path], check=True)


def test_the_same_text_whatever_the_hash_seed(llama_cpp: Path) -> None:
    program = (
        "import hashlib, sys; from pathlib import Path\n"
        "from bindgen import headers, model, emit_c, emit_guard, emit_stub\n"
        "root = Path(sys.argv[1])\n"
        "folders = [root / 'include', root / 'ggml/include', root / 'tools/mtmd']\n"
        "api = model.load(headers.public_headers(root), folders)\n"
        "texts = [api.to_json(), emit_c.emit(api).cdef, emit_guard.emit(api), emit_stub.emit(api)]\n"
        "print(hashlib.sha256(''.join(texts).encode()).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, llama_cpp],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(digests) == 1
