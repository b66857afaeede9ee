"""Compiling llama.cpp, its backends and the extension with CMake."""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from bindgen import source
from bindgen.files import write_if_changed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NATIVE", "ROOT", "Cmake", "Settings", "find_cmake", "find_tool", "limited_api", "say", "stop", "vendored"]

ROOT = Path(__file__).resolve().parents[1]
NATIVE = ROOT / "llamacffi" / "_native"

CPU_KINDS = ("native", "all", "baseline")  # cmake/NativeCpu.cmake
MINIMUM_CMAKE = (3, 21)  # as CMakeLists.txt has it

# What stands in the way when a tool is missing: one line, and what to install.
INSTALL_COMPILER = (
    "Debian and Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install;"
    " Windows: the Visual Studio Build Tools with C++"
)
INSTALL_PYTHON_HEADERS = "Debian and Ubuntu: apt-get install python3-dev; Fedora: dnf install python3-devel"


def say(text: str) -> None:
    """Print a stage of the build where pip shows it (with --verbose)."""
    print(f"llamacffi: {text}", file=sys.stderr, flush=True)


def stop(text: str) -> NoReturn:
    """End the build with one line, without a traceback around it."""
    raise SystemExit(f"llamacffi: error: {text}")


def limited_api() -> bool:
    """Whether this Python has the stable ABI: CPython with the GIL does; free-threaded CPython and PyPy do not."""
    return platform.python_implementation() == "CPython" and not sysconfig.get_config_var("Py_GIL_DISABLED")


@dataclass(frozen=True)
class Settings:
    """What a user may choose, from the environment or from `--config-settings` (which wins)."""

    backends: str = "cpu"
    cpu: str = "native"
    build_type: str = "Release"
    build_dir: str = str(ROOT / "build" / "cmake")
    jobs: int = 0
    cmake_args: tuple[str, ...] = ()

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> Settings:
        """Read LLAMACFFI_BACKENDS or `backends=`, and so on; an unknown `--config-settings` key is an error."""
        names = ("backends", "cpu", "build-type", "build-dir", "jobs")
        known = {*names, "cmake.args", "editable_mode", "--global-option", "--build-option"}
        unknown = sorted(set(config) - known)
        if unknown:
            stop(f"unknown --config-settings key `{unknown[0]}`; there are {', '.join(sorted(known)[2:])}")
        values: dict[str, Any] = {}
        for name in names:
            key = name.replace("-", "_")
            value = config.get(name) or os.environ.get(f"LLAMACFFI_{key.upper()}")
            if value:
                values[key] = value
        given = config.get("cmake.args", ())
        given = [given] if isinstance(given, str) else given
        arguments = [*shlex.split(os.environ.get("CMAKE_ARGS", "")), *(a for text in given for a in shlex.split(text))]
        if values.get("cpu", cls.cpu) not in CPU_KINDS:
            stop(f"LLAMACFFI_CPU is `{values['cpu']}`; it must be native, all or baseline")
        if "cpu" not in values.get("backends", cls.backends).split(","):
            stop(f"LLAMACFFI_BACKENDS is `{values['backends']}`; it must name cpu, without which llama.cpp cannot work")
        if "jobs" in values and not str(values["jobs"]).isdigit():
            stop(f"LLAMACFFI_JOBS is `{values['jobs']}`; it must be a number")
        values["jobs"] = int(values.get("jobs", 0)) or (os.cpu_count() or 1)
        values["build_dir"] = str(Path(values.get("build_dir", cls.build_dir)).absolute())
        return cls(**values, cmake_args=tuple(arguments))


def vendored() -> tuple[Path, source.Lock]:
    """llama.cpp's source, fetched when it is not there, and the lock that pins it."""
    try:
        return source.ensure(ROOT), source.Lock.read(ROOT / "vendor" / "llama.lock.toml")
    except source.SourceError as error:
        stop(str(error))


def check_toolchain() -> None:
    """Name what is missing before CMake fails in a page of text."""
    for variable, language, names in (("CC", "C", ("cc", "gcc", "clang")), ("CXX", "C++", ("c++", "g++", "clang++"))):
        given = os.environ.get(variable)
        if given and not shutil.which(shlex.split(given)[0]):
            stop(f"{variable} is `{given}`, which is not there")
        if not given and os.name != "nt" and not any(map(shutil.which, names)):
            stop(f"no {language} compiler found. {INSTALL_COMPILER}")
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if not header.exists():
        stop(f"no Python.h in {header.parent}. {INSTALL_PYTHON_HEADERS}")


def find_tool(name: str) -> str | None:
    """A program on PATH, or beside this Python (an isolated build environment may not be on PATH)."""
    return shutil.which(name) or shutil.which(name, path=sysconfig.get_path("scripts"))


def find_cmake() -> str | None:
    """CMake, when it is new enough for CMakeLists.txt; an older one counts as none."""
    program = find_tool("cmake")
    if program is None:
        return None
    printed = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"(\d+)\.(\d+)", printed)
    return program if version and (int(version[1]), int(version[2])) >= MINIMUM_CMAKE else None


class Cmake:
    """One configured build folder."""

    def __init__(self, settings: Settings, *, bench: bool = False) -> None:
        check_toolchain()
        tree, lock = vendored()
        self.settings = settings
        self.folder = Path(settings.build_dir)
        self.program = find_cmake() or stop(
            f"no CMake {MINIMUM_CMAKE[0]}.{MINIMUM_CMAKE[1]} or newer found: pip install cmake"
        )
        self._environment = {
            # Checkouts in different folders share ccache's results.
            "CCACHE_BASEDIR": str(ROOT),
            "CCACHE_NOHASHDIR": "1",
            **os.environ,
        }
        info = self._write_info(lock)
        arguments = [
            f"-DCMAKE_BUILD_TYPE={settings.build_type}",
            f"-DPython_EXECUTABLE={sys.executable}",
            f"-DPython_INCLUDE_DIR={sysconfig.get_path('include')}",
            f"-DLLAMACFFI_LLAMA_CPP_DIR={tree}",
            f"-DLLAMACFFI_LLAMA_COMMIT={lock.commit}",
            f"-DLLAMACFFI_LLAMA_BUILD_NUMBER={lock.build_number}",
            f"-DLLAMACFFI_BACKENDS={settings.backends}",
            f"-DLLAMACFFI_CPU={settings.cpu}",
            f"-DLLAMACFFI_LIMITED_API={'ON' if limited_api() else 'OFF'}",
            f"-DLLAMACFFI_BENCH={'ON' if bench else 'OFF'}",
            f"-DLLAMACFFI_INFO={info}",
            *settings.cmake_args,
        ]
        if (ninja := find_tool("ninja")) and "CMAKE_GENERATOR" not in os.environ:
            arguments += ["-GNinja", f"-DCMAKE_MAKE_PROGRAM={ninja}"]
        if ccache := find_tool("ccache"):
            arguments += [f"-DCMAKE_{language}_COMPILER_LAUNCHER={ccache}" for language in ("C", "CXX")]
        say(f"configuring llama.cpp {lock.version} for {settings.backends} in {self.folder}")
        self._forget_other_settings()
        self._run("-S", str(ROOT), "-B", str(self.folder), *arguments, what="CMake could not configure the build")

    def build(self, target: str) -> None:
        """Compile a target with all jobs."""
        say(f"compiling {target} with {self.settings.jobs} jobs")
        self._run("--build", str(self.folder), "--target", target, "--config", self.settings.build_type,
                  "--parallel", str(self.settings.jobs), what="the compiler failed")  # fmt: skip

    def install(self, destination: Path) -> None:
        """Put the extension, its libraries and the build's facts into a package folder."""
        self.build("all")
        say(f"installing into {destination}")
        shutil.rmtree(destination / "lib", ignore_errors=True)  # a backend that is no longer built must not stay
        self._run("--install", str(self.folder), "--component", "llamacffi", "--prefix", str(destination), "--strip",
                  "--config", self.settings.build_type, what="CMake could not install the build")  # fmt: skip

    def _run(self, *arguments: str, what: str) -> None:
        status = subprocess.run([self.program, *arguments], env=self._environment, check=False).returncode
        if status:
            stop(f"{what} (exit {status}); its output is above, or shown by `pip install --verbose`")

    def _write_info(self, lock: source.Lock) -> Path:
        path = self.folder / "info.json"
        facts = {
            "llama_commit": lock.commit,
            "llama_version": lock.version,
            "backends": self.settings.backends.split(","),
            "cpu": self.settings.cpu,
            "build_type": self.settings.build_type,
            "cmake_args": list(self.settings.cmake_args),
        }
        write_if_changed(path, json.dumps(facts, indent=2) + "\n")
        return path

    def _forget_other_settings(self) -> None:
        """CMake keeps what it was once told; a build with other settings must start from a clean cache."""
        path = self.folder / "settings.json"
        compilers = {name: os.environ.get(name) for name in ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CMAKE_GENERATOR")}
        settings = {key: value for key, value in asdict(self.settings).items() if key != "jobs"}
        text = json.dumps({**settings, **compilers, "root": str(ROOT)}, indent=2)
        if path.exists() and path.read_text(encoding="utf-8") != text:
            (self.folder / "CMakeCache.txt").unlink(missing_ok=True)
            shutil.rmtree(self.folder / "CMakeFiles", ignore_errors=True)
        write_if_changed(path, text)
