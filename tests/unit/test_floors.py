"""The rules of the house that import-linter cannot express."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "llamacffi"
FILES = sorted(path for path in PACKAGE.rglob("*.py"))

GENERATED = {f"llamacffi/_native/{name}.py" for name in ("options", "ctypes_llama", "ctypes_mtmd")}
WALL = 500


def names(path: Path) -> Iterator[str]:
    """Everything that a module imports, dotted, and `lib` where it is named."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Name) and node.id == "lib":
            yield "lib"


def floor(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def test_the_package_is_found() -> None:
    assert {"_native", "core", "generation", "cli"} <= {floor(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_one_door_to_c(path: Path) -> None:
    used = set(names(path))
    if floor(path) != "_native":
        assert not {name for name in used if name.startswith("llamacffi._native._llama")}
    # The package itself hands `lib` on; nothing above core calls it.
    if floor(path) not in {"_native", "core", "__init__.py"}:
        assert "lib" not in used
        assert not {name for name in used if name.rpartition(".")[2] == "lib"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_wall_of_code(path: Path) -> None:
    if path.relative_to(ROOT).as_posix() not in GENERATED:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= WALL


def test_no_destructor() -> None:
    """Lifetime is _native/handle.py's business: no __del__, and no ffi.gc outside the door."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.FunctionDef) and node.name == "__del__"), path
            if isinstance(node, ast.Attribute) and node.attr == "gc" and floor(path) != "_native":
                assert not (isinstance(node.value, ast.Name) and node.value.id == "ffi"), path
