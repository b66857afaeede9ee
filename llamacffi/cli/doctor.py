"""`llamacffi doctor`: what is installed, and what is wrong with it.

Nothing of llamacffi is imported before it is asked for: this command must run where the compiled module does not.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

__all__ = ["doctor", "is_translated", "missing_features", "signal_of_start"]

_ILLEGAL_INSTRUCTION = 0xC000001D  # Windows has no signals, but such a status

_MODEL_SIZE = 200_000_000  # bytes: less free space than that, and the default model cannot be fetched

# What ggml calls a feature of the CPU, and what Linux calls it in /proc/cpuinfo.
_FLAGS = {
    "AVX": "avx",
    "AVX2": "avx2",
    "AVX_VNNI": "avx_vnni",
    "AVX512": "avx512f",
    "AVX512_BF16": "avx512_bf16",
    "AVX512_VBMI": "avx512vbmi",
    "AVX512_VNNI": "avx512_vnni",
    "AMX_INT8": "amx_int8",
    "BMI2": "bmi2",
    "F16C": "f16c",
    "FMA": "fma",
}


@dataclass
class _Report:
    lines: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        self.lines.append((name, value))


def doctor() -> None:
    """Show what is installed, and what is wrong; exit 1 when something is."""
    report = _Report()
    for part in (_versions, _native, _devices, _threads, _cache):
        _examine(part, report)
    table = Table.grid(padding=(0, 2))
    for name, value in report.lines:
        table.add_row(name, value)
    Console(highlight=False, markup=False).print(table)
    for note in report.notes:
        typer.echo(f"NOTE: {note}")
    for problem in report.wrong:
        typer.echo(f"WRONG: {problem}")
    if report.wrong:
        raise typer.Exit(1)
    typer.echo("Nothing is wrong.")


def missing_features(built: Mapping[str, str], flags: set[str]) -> list[str]:
    """The CPU features that the backend was built for, by ggml's names, which are not among the machine's `flags`."""
    return [name for name, flag in _FLAGS.items() if built.get(name, "0") != "0" and flag not in flags]


def is_translated() -> bool:
    """Whether this Python was made for Intel's processors and runs on an Apple silicon Mac all the same."""
    if (platform.system(), platform.machine()) != ("Darwin", "x86_64"):
        return False
    printed = subprocess.run(
        ["sysctl", "-n", "sysctl.proc_translated"], capture_output=True, text=True, check=False
    ).stdout
    return printed.strip() == "1"


class _Killed(Exception):  # noqa: N818 - what happened
    def __str__(self) -> str:
        return (
            f"loading the backends ends the process ({signal_of_start()}): most likely the CPU backend was compiled "
            "for another CPU; build again here, or with LLAMACFFI_CPU=all"
        )


@cache
def signal_of_start() -> str:
    """The signal that ends a process which loads the backends; "" when they load, or fail with an exception."""
    path = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [path, os.environ.get("PYTHONPATH")]))}
    command = [sys.executable, "-c", "from llamacffi._native import start; start()"]
    status = subprocess.run(command, env=environment, capture_output=True, check=False).returncode
    if os.name == "nt" and status == _ILLEGAL_INSTRUCTION:
        return "illegal instruction"
    return signal.Signals(-status).name if status < 0 else ""


def _examine(part: Callable[[_Report], None], report: _Report) -> None:
    try:
        part(report)
    except Exception as error:  # noqa: BLE001 - one part's failure is a finding, and the others still have theirs
        text = str(error) or type(error).__name__
        if text not in report.wrong:
            report.wrong.append(text)


def _versions(report: _Report) -> None:
    try:
        report.add("llamacffi", importlib.metadata.version("llamacffi"))
    except importlib.metadata.PackageNotFoundError:
        report.add("llamacffi", "a source tree that is not installed")
    report.add("Python", f"{platform.python_version()} ({sys.executable})")
    report.add("system", f"{platform.system()} {platform.release()} {platform.machine()}")
    if is_translated():
        report.wrong.append(
            "this Python is for x86_64 and macOS translates it (Rosetta): slow, and without Metal. Install a Python "
            f"for arm64 and llamacffi with it; `file {sys.executable}` must name arm64"
        )


def _native(report: _Report) -> None:
    from llamacffi._native import build_info, problems, start
    from llamacffi._native.library import plugin_states

    info = build_info()
    report.add("llama.cpp", f"{info.get('llama_version', '?')} (commit {info.get('llama_commit', '?')})")
    report.add("built for", f"backends {', '.join(info.get('backends', ()))}; CPU {info.get('cpu', '?')}")
    if signal_of_start():
        raise _Killed
    _same_version(report, info)
    try:
        start()
    finally:
        report.wrong += [f"backend file {problem.path}: {problem.reason}" for problem in problems()]
    report.add("plug-ins", ", ".join(plugin.path.name for plugin in plugin_states() if plugin.loaded))
    _outdated(report)


def _outdated(report: _Report) -> None:
    """The backends that were added for another llama.cpp and are missing for this one."""
    from llamacffi.hub.backends import added

    current = {one.backend for one in added() if one.current}
    for one in added():
        if not one.current and one.backend not in current:
            report.notes.append(
                f"the backend {one.backend} in {one.folder} is for another llama.cpp: "
                f"`llamacffi backend add {one.backend}` builds it for this one"
            )


def _same_version(report: _Report, info: Mapping[str, object]) -> None:
    """Whether libllama and libggml are those that the extension was compiled with: a file may have been exchanged."""
    from llamacffi.core.backend import library_versions

    keys = {"libllama": "llama_version", "libggml": "llama_commit"}
    for library, found in library_versions().items():
        expected = info.get(keys[library])
        if expected not in {None, found}:
            report.wrong.append(
                f"{library} is of llama.cpp {found}, this package was built for {expected}: "
                "run `pip install --force-reinstall --no-deps llamacffi`"
            )


def _devices(report: _Report) -> None:
    if signal_of_start():
        return
    from llamacffi.core.backend import devices, features, system_info

    found = features()
    report.add("backends", ", ".join(found))
    for device in devices():
        memory = f"{device.memory_free / 2**30:.1f} of {device.memory_total / 2**30:.1f} GiB free"
        report.add(f"device {device.name}", f"{device.description} ({device.type}, {memory})")
    for name, built in found.items():
        on = [feature if value == "1" else f"{feature}={value}" for feature, value in built.items() if value != "0"]
        if on:
            report.add(f"{name} features", " ".join(on))
    report.add("system info", system_info().strip(" |"))
    flags = _cpu_flags()
    if flags and (absent := missing_features(found.get("CPU", {}), flags)):
        report.wrong.append(
            f"the CPU backend was built for {', '.join(absent)}, which this machine's CPU does not have: "
            "build again here, or with LLAMACFFI_CPU=all"
        )


def _threads(report: _Report) -> None:
    from llamacffi.core.threads import cgroup_quota, usable_cores

    quota = cgroup_quota()
    limit = "no cgroup quota" if quota is None else f"cgroup quota {quota:g}"
    cores = os.cpu_count() or 1
    if quota is not None and quota < cores:
        report.notes.append(
            f"the control group of this process may keep {quota:g} of {cores} cores busy: the default number of "
            f"threads is {usable_cores()}; with more, the system would stop them in turns"
        )
    report.add("threads", f"{usable_cores()} by default ({os.cpu_count()} cores in the machine, {limit})")


def _cache(report: _Report) -> None:
    from llamacffi import hub

    folder = hub.cache_dir()
    there = folder
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    report.add("cache", f"{folder} ({free / 2**30:.1f} GiB free)")
    if not os.access(there, os.W_OK):
        report.wrong.append(f"{there} cannot be written to; set LLAMACFFI_CACHE to a folder that can")
    elif free < _MODEL_SIZE:
        report.wrong.append(
            f"{there} has {free / 2**20:.0f} MiB left, too little for a model; LLAMACFFI_CACHE moves it"
        )


def _cpu_flags() -> set[str]:
    """The features of this machine's CPU as Linux names them; empty on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith("flags") for flag in line.partition(":")[2].split()}
