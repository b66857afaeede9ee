"""The stub: every name, its types, its documentation; mypy's word on right and wrong uses."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bindgen import emit_stub
from bindgen.declarations import Api

USER = """\
from _llama import Ptr, Array, FunctionPtr, ffi, lib, t_half, t_ops_p, t_flags, t_same

n: int = lib.t_add(1, 2)
half: t_half = lib.t_make(3)
bits: int = half.bits
same: t_same = lib.t_same(1)
ops: t_ops_p = ffi.new("struct t_ops *")
ops.binary = lib.cb_t_binary
ops.apply = lib.cb_t_ops_apply
lib.t_apply(ops, 1)
lib.t_apply(ffi.NULL, 1)
row = ffi.new("float[]", 4)
lib.t_copy(row, [1.0, 2.0], 2)
lib.t_copy(row, row, 2)
x: float = row[0]
part: Array[float] = row[1:2]
all_: list[float] = ffi.unpack(row, 4)
lib.t_throw(b"text")
lib.t_throw(ffi.new("char[]", b"text"))
called: int = lib.t_pick(1)(2, 3)
text: bytes = ffi.string(lib.T_NAME)
ratio: float = lib.T_RATIO
lib.t_log(b"%d", ffi.cast("int", 1))

@ffi.def_extern(error=0)
def cb_t_binary(a: int, b: int) -> int:
    return a + b

lib.t_add("1", 2)  # 29
lib.t_none()  # 30
lib.t_old(1, 2)  # 31
lib.t_apply(row, 1)  # 32
ops.applied = lib.cb_t_ops_apply  # 33
ops.binary = lib.cb_t_plain  # 34
lib.t_throw("text")  # 35
lib.T_SIZE = 5  # 36
lib.t_copy([1.0], row, 1)  # 37
"""


def members(text: str, class_name: str) -> dict[str, ast.stmt]:
    """The members of a class in a stub, by name."""
    tree = ast.parse(text)
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name)
    listed: dict[str, ast.stmt] = {}
    for node in found.body:
        if isinstance(node, ast.FunctionDef):
            listed[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            listed[node.target.id] = node
    return listed


def signature(text: str, name: str) -> str:
    node = members(text, "Lib")[name]
    assert isinstance(node, ast.FunctionDef)
    parameters = [f"{a.arg}: {ast.unparse(a.annotation)}" for a in node.args.posonlyargs if a.annotation]
    assert node.returns is not None
    return f"({', '.join(parameters)}) -> {ast.unparse(node.returns)}"


@pytest.fixture(scope="module")
def stub(torture: Api) -> str:
    return emit_stub.emit(torture)


def test_lib_has_every_name(torture: Api, stub: str) -> None:
    names = {*torture.functions, *torture.enumerators, *torture.constants, *torture.variables, *torture.callbacks}
    assert set(members(stub, "Lib")) == names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("t_add", "(a: int, b: int) -> int"),
        ("t_old", "(lambda_: int, arg1: int) -> int"),
        ("t_copy", "(dst: Ptr[float], src: ConstPtr[float], n: int) -> None"),
        ("t_pick", "(which: int) -> FunctionPtr[..., Any]"),
        ("t_make", "(bits: int) -> t_half"),
        ("t_same", "(x: int) -> _t_t_same"),
        ("t_throw", "(what: ConstChars) -> None"),
        ("t_fail", "() -> Ptr[t_opaque]"),
        ("t_apply", "(ops: Ptr[t_ops], x: int) -> int"),
        ("t_value_double", "(value: t_value) -> float"),
    ],
)
def test_signatures(stub: str, name: str, expected: str) -> None:
    assert signature(stub, name) == expected


def test_a_docstring_is_the_comment_the_prototype_and_the_place(torture: Api, stub: str) -> None:
    node = members(stub, "Lib")["t_pick"]
    assert isinstance(node, ast.FunctionDef)
    line = torture.functions["t_pick"].line
    assert ast.get_docstring(node) == f"`int (*t_pick(int which))(int, int)` (torture.h:{line})"


def test_deprecated_functions_say_what_to_use(stub: str) -> None:
    node = members(stub, "Lib")["t_old"]
    assert isinstance(node, ast.FunctionDef)
    assert [ast.unparse(d) for d in node.decorator_list] == ["deprecated('use t_add: (\"the new one\")')"]


def test_fields_of_anonymous_members_are_the_records_own(stub: str) -> None:
    assert set(members(stub, "_t_value")) == {"tag", "i", "d", "lo", "hi", "inner"}


def test_mypy_takes_what_is_right_and_rejects_what_is_wrong(stub: str, tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    (tmp_path / "_llama.pyi").write_text(stub)
    (tmp_path / "user.py").write_text(USER)
    flags = ["--strict", "--no-incremental", "--enable-error-code", "deprecated", "--python-version", "3.10"]
    output, errors, _ = api.run([*flags, "--config-file", "", str(tmp_path / "_llama.pyi"), str(tmp_path / "user.py")])
    assert not errors
    expected = {int(m) for m in re.findall(r"# (\d+)$", USER, re.MULTILINE)}
    assert {int(m) for m in re.findall(r"user\.py:(\d+): error", output)} == expected, output
    assert "_llama.pyi" not in output


def test_the_pinned_headers(llama_api: Api) -> None:
    stub = emit_stub.emit(llama_api)
    found = members(stub, "Lib")
    assert set(llama_api.functions) <= set(found)
    assert signature(stub, "llama_decode") == "(ctx: Ptr[llama_context], batch: llama_batch) -> int"
    assert signature(stub, "llama_log_set") == "(log_callback: ggml_log_callback, user_data: Ptr[Any]) -> None"
    node = found["llama_model_load_from_file"]
    assert isinstance(node, ast.FunctionDef)
    doc = ast.get_docstring(node) or ""
    assert doc.startswith(llama_api.functions["llama_model_load_from_file"].doc)
    assert re.search(r"\n`struct llama_model \* llama_model_load_from_file\(const char \* .*\)` \(llama\.h:\d+\)$", doc)
    cpu = found["ggml_graph_plan"]
    assert isinstance(cpu, ast.FunctionDef)
    assert "plug-in backend `cpu`" in (ast.get_docstring(cpu) or "")


def test_the_committed_stub_is_what_the_headers_give(llama_api: Api) -> None:
    committed = Path(__file__).parents[2] / "llamacffi" / "_native" / "_llama.pyi"
    assert committed.read_text(encoding="utf-8") == emit_stub.emit(llama_api)
