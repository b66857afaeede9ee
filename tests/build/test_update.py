"""Moving the pin: what is reported, what is written, and how it ends, with headers that were changed on purpose."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bindgen import commands, headers, source, update
from bindgen.source import Lock, SourceError
from bindgen.update import NEEDS_HANDS, NOTHING, UPDATED, Project

LOCK = """
commit = "0123456789abcdef0123456789abcdef01234567"
version = "1.0.0"
build_number = 0
[files]
build = ["CMakeLists.txt", "include/*.h", "ggml/include/*.h", "tools/mtmd/*.h", "vendor/**"]
exclude = []
digest = "DIGEST"
extra = []
[places.folder]
env = "LLAMACFFI_LLAMA_CPP_DIR"
[places.git]
url = "file:///nowhere.git"
"""
DECODE = "LLAMA_API int32_t llama_decode("


HEADER = """
#define LLAMA_API
struct llama_context;
struct llama_model_params { int n_gpu_layers; };
struct llama_context_params { unsigned n_ctx; };
// Decode a batch.
LLAMA_API int32_t llama_decode(struct llama_context * ctx, int n);
"""


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A llama.cpp of one header, with one small component of others; our C declares nothing beside it."""
    monkeypatch.setattr(headers, "_OURS", ())
    monkeypatch.delenv("LLAMACFFI_LLAMA_CPP_DIR", raising=False)
    tree = tmp_path / "older"
    for name, text in {"include/llama.h": HEADER, "vendor/stb/stb.h": "// stb\n", "CMakeLists.txt": "\n"}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    return tree


@pytest.fixture
def project(tmp_path: Path, older: Path) -> Project:
    """A project that pins that llama.cpp, and has a file of Python and one of C that use it."""
    made = Project(tmp_path / "root")
    for path, text in {
        made.native / "csrc" / "step.c": "int f(void) {\n    return llama_decode(0, 1);\n}\n",
        made.root / "llamacffi" / "core" / "context.py": "def f(ctx):\n    lib.llama_decode(ctx, 1)\n",
    }.items():
        path.parent.mkdir(parents=True)
        path.write_text(text)
    made.lock.parent.mkdir()
    made.lock.write_text(LOCK.replace("DIGEST", source.digest(source.manifest(Lock.parse(LOCK), older))))
    source.copy(Lock.read(made.lock), older, made.lock.parent / "llama.cpp")
    commands.generate(older, made.native)
    return made


@pytest.fixture
def newer(tmp_path: Path, older: Path) -> Path:
    """Another llama.cpp, which a test changes before it is asked for."""
    return shutil.copytree(older, tmp_path / "newer")


def edit(tree: Path, old: str, new: str) -> None:
    path = tree / "include" / "llama.h"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def state(project: Project) -> dict[str, bytes]:
    """Every file that an update may touch."""
    files = [p for p in project.root.rglob("*") if p.is_file() and p.name != ".llama.cpp-lock"]
    return {path.relative_to(project.root).as_posix(): path.read_bytes() for path in files}


def run(project: Project, to: Path, *, dry_run: bool = False) -> int:
    return update.update(project, str(to), dry_run=dry_run, say=lambda _: None)


def test_nothing_to_do(project: Project, newer: Path) -> None:
    before = state(project)
    assert run(project, newer) == NOTHING
    assert state(project) == before


def test_what_is_only_added_updates_cleanly(project: Project, newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(newer, DECODE, f"LLAMA_API int32_t llama_brand_new(int x);\n{DECODE}")
    (newer / "vendor" / "brand").mkdir()
    (newer / "vendor" / "brand" / "b.h").write_text("// b\n")
    steps: list[str] = []

    def step(name: str) -> str:
        steps.append(name)
        return ""

    tried = replace(project, compile_=lambda: step("compile"), try_out=lambda: step("try"))
    assert run(tried, newer) == UPDATED
    assert steps == ["compile", "try"]
    report = capsys.readouterr().out
    assert "Added\n  function llama_brand_new: int32_t (int)\n" in report
    assert "New components of others, for vendor/NOTICE.md: brand\n" in report
    assert report.endswith("Nothing needs hands.\n")
    lock = Lock.read(project.lock)
    tree = project.lock.parent / "llama.cpp"
    assert source.digest(source.manifest(lock, tree)) == lock.digest
    assert "llama_brand_new" in (tree / "include" / "llama.h").read_text(encoding="utf-8")
    assert commands.generate(tree, project.native, check=True) == []
    assert run(project, newer) == NOTHING


def test_a_dry_run_writes_nothing(project: Project, newer: Path) -> None:
    edit(newer, DECODE, f"LLAMA_API int32_t llama_brand_new(int x);\n{DECODE}")
    before = state(project)
    assert run(project, newer, dry_run=True) == UPDATED
    assert state(project) == before


def test_what_is_used_and_gone_needs_hands_and_says_where(
    project: Project, newer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(newer, DECODE, "LLAMA_API int32_t llama_decode_now(")
    assert run(project, newer) == NEEDS_HANDS
    report = capsys.readouterr().out
    places = ["llamacffi/_native/csrc/step.c:2", "llamacffi/core/context.py:2"]
    assert "Removed\n  function llama_decode\n" + "".join(f"      used in {place}\n" for place in places) in report
    assert f"Needs hands\n  llama_decode: {', '.join(places)}\n" in report
    # The pin is moved all the same: the hands need the new stub and headers.
    assert "llama_decode_now" in (project.native / "_llama.pyi").read_text(encoding="utf-8")


def test_what_asks_first_needs_no_hands(project: Project, newer: Path) -> None:
    core = project.root / "llamacffi" / "core"
    (core / "context.py").rename(core / "compat.py")
    (project.native / "csrc" / "step.c").unlink()
    edit(newer, DECODE, "LLAMA_API int32_t llama_decode_now(")
    assert run(project, newer, dry_run=True) == UPDATED


@pytest.mark.parametrize("failing", ["compile_", "try_out"])
def test_a_step_that_fails_needs_hands(
    project: Project, newer: Path, failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(newer, DECODE, f"LLAMA_API int32_t llama_brand_new(int x);\n{DECODE}")
    tried = replace(
        project,
        compile_=lambda: "it broke" if failing == "compile_" else "",
        try_out=lambda: "it broke" if failing == "try_out" else "",
    )
    assert run(tried, newer) == NEEDS_HANDS
    assert "Needs hands\n  " in (report := capsys.readouterr().out)
    assert ": it broke\n" in report


def test_headers_that_do_not_parse_change_nothing(
    project: Project, newer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(newer, DECODE, f"int )broken(;\n{DECODE}")
    before = state(project)
    assert run(project, newer) == NEEDS_HANDS
    assert state(project) == before
    assert "nothing was changed" in capsys.readouterr().out


def test_an_error_while_writing_puts_everything_back(
    project: Project, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(newer, DECODE, f"LLAMA_API int32_t llama_brand_new(int x);\n{DECODE}")
    before = state(project)

    def full(new: Path, tree: Path, staging: Path) -> None:
        tree.rename(staging / "old")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(source, "put", full)
    with pytest.raises(OSError, match="No space left"):
        run(project, newer)
    assert state(project) == before


def test_a_tree_that_somebody_changed_is_not_overwritten(project: Project, newer: Path) -> None:
    (project.lock.parent / "llama.cpp" / "include" / "llama.h").write_text("// mine\n")
    before = state(project)
    with pytest.raises(SourceError, match="changed: include/llama.h"):
        run(project, newer)
    assert state(project) == before


def test_a_named_folder_stands_in_the_way(project: Project, newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_LLAMA_CPP_DIR", str(newer))
    with pytest.raises(SourceError, match="LLAMACFFI_LLAMA_CPP_DIR is set"):
        run(project, newer)
