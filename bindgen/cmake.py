"""A CMake project in a build folder of its own: configure, compile, install."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bindgen.files import write_if_changed
from bindgen.toolchain import MINIMUM_CMAKE, find_cmake, find_tool, say, stop, wants_ninja

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ROOT", "Project"]

ROOT = Path(__file__).resolve().parents[1]

_LINES = 4  # so many of an error of CMake's
_ERROR = re.compile(
    r"^CMake Error|(^|\s)(fatal )?error( [A-Z]+\d+)?: "
)  # of GCC and Clang, and of Microsoft's compiler


class Project:
    """One configured build folder."""

    def __init__(
        self,
        source: Path,
        folder: Path,
        arguments: Sequence[str],
        *,
        settings: Mapping[str, Any],
        build_type: str,
        jobs: int,
    ) -> None:
        """Configure; a build with other `settings` than the folder's last one starts from a clean cache."""
        self.folder = folder
        self.build_type = build_type
        self.jobs = jobs
        self.program = find_cmake() or stop(
            f"no CMake {MINIMUM_CMAKE[0]}.{MINIMUM_CMAKE[1]} or newer found: pip install cmake"
        )
        self._environment = {
            # Checkouts in different folders share ccache's results.
            "CCACHE_BASEDIR": str(ROOT),
            "CCACHE_NOHASHDIR": "1",
            **os.environ,
        }
        given = [f"-DCMAKE_BUILD_TYPE={build_type}", *arguments]
        if (ninja := find_tool("ninja")) and wants_ninja():
            given += ["-GNinja", f"-DCMAKE_MAKE_PROGRAM={ninja}"]
        if ccache := find_tool("ccache"):
            given += [f"-DCMAKE_{language}_COMPILER_LAUNCHER={ccache}" for language in ("C", "CXX")]
        self._forget_other_settings({**settings, "root": str(ROOT)})
        self._run("-S", str(source), "-B", str(folder), *given, what="CMake could not configure the build")

    def build(self, target: str) -> None:
        """Compile a target with all jobs."""
        say(f"compiling {target} with {self.jobs} jobs")
        self._run("--build", str(self.folder), "--target", target, "--config", self.build_type,
                  "--parallel", str(self.jobs), what="the compiler failed")  # fmt: skip

    def install(self, destination: Path) -> None:
        """Compile what is to be installed, and put it into a folder."""
        self.build("all")
        say(f"installing into {destination}")
        self._run("--install", str(self.folder), "--component", "llamacffi", "--prefix", str(destination), "--strip",
                  "--config", self.build_type, what="CMake could not install the build")  # fmt: skip

    def _run(self, *arguments: str, what: str) -> None:
        command = [self.program, *arguments]
        if sys.stdout.isatty():  # where ninja shows its progress in one line
            status, reason = subprocess.run(command, env=self._environment, check=False).returncode, ""
        else:
            status, reason = _run_and_read(command, self._environment)
        if status:
            stop(f"{what} (exit {status}){reason}; its output is above, or shown by `pip install --verbose`")

    def _forget_other_settings(self, settings: Mapping[str, Any]) -> None:
        """CMake keeps what it was once told; a build with other settings must start from a clean cache."""
        path = self.folder / "settings.json"
        compilers = {name: os.environ.get(name) for name in ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CMAKE_GENERATOR")}
        text = json.dumps({**settings, **compilers}, indent=2)
        if path.exists() and path.read_text(encoding="utf-8") != text:
            (self.folder / "CMakeCache.txt").unlink(missing_ok=True)
            shutil.rmtree(self.folder / "CMakeFiles", ignore_errors=True)
        write_if_changed(path, text)


def _run_and_read(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command that prints as it would, and return its status with the first error that it printed."""
    reason: list[str] = []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="backslashreplace"
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if not reason:
                found = _ERROR.search(line) is not None
            else:  # CMake names the place, and says in the next lines what is wrong there
                found = len(reason) < _LINES and reason[0].startswith("CMake Error at") and not line.isspace()
            if found:
                reason.append(line.strip())
    return process.returncode, f": {' '.join(reason)}" if reason else ""
