"""One thing that a backend needs of the machine, and whether it is there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Need", "how_to_install"]

_SYSTEMS = {"Debian and Ubuntu": "debian", "Fedora": "fedora", "macOS": "macos", "Windows": "windows"}
_MANAGERS = {"debian": "apt-get install", "fedora": "dnf install", "macos": "brew install"}
_PACKAGES = re.compile(r"[a-z0-9][a-z0-9.+-]*(?: [a-z0-9][a-z0-9.+-]*)*")  # their names, and no sentence


@dataclass(frozen=True)
class Need:
    """A program on PATH, or a header that the compiler finds."""

    what: str
    program: str = ""
    header: str = ""
    condition: str = ""
    """What the preprocessor must find true after the header."""
    variables: tuple[str, ...] = ()
    """CMake variables that say where it is: given with -D, the machine is not asked."""
    environment: tuple[str, ...] = ()
    """Environment variables that name a folder with bin/ and include/."""
    folders: tuple[str, ...] = ()
    """Folders that are not on PATH or the compiler's own, where it is often found."""
    systems: tuple[str, ...] = ("linux", "darwin", "win32")
    debian: str = ""
    fedora: str = ""
    macos: str = ""
    windows: str = ""
    note: str = ""

    def is_met(self, cmake_args: Sequence[str] = ()) -> bool:
        """Whether it is there."""
        if sys.platform not in self.systems:
            return True
        if self.condition and (folder := _given(self.variables, cmake_args)):
            return self._header_is_in(folder)
        if _given(self.variables, cmake_args):
            return True
        return self.find_program() is not None if self.program else self._header_is_there()

    def find_program(self) -> str | None:
        """The program's path."""
        roots = [os.environ[name] for name in self.environment if os.environ.get(name)]
        folders = [str(Path(root) / "bin") for root in (*roots, *self.folders)]
        return shutil.which(self.program) or shutil.which(self.program, path=os.pathsep.join(folders) or os.devnull)

    def _header_is_there(self) -> bool:
        roots = [os.environ[name] for name in self.environment if os.environ.get(name)]
        return any(map(self._header_is_in, ("", *(str(Path(root) / "include") for root in roots), *self.folders)))

    def _header_is_in(self, folder: str) -> bool:
        """Ask the compiler's preprocessor, with one folder more; without a compiler, look into that folder."""
        compiler = shlex.split(os.environ.get("CXX", "")) or _first("c++", "g++", "clang++")
        if not compiler:
            return bool(folder) and (Path(folder) / self.header).is_file()
        lines = [f"#include <{self.header}>"]
        if self.condition:
            lines += [f"#if !({self.condition})", "#error", "#endif"]
        include = ["-I", folder] if folder else []
        command = [*compiler, "-E", "-x", "c++", "-std=c++17", *include, "-"]
        text = "\n".join(lines) + "\n"
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False).returncode == 0


def how_to_install(needs: Sequence[Need]) -> str:
    """Where they come from, by system: one command for all packages, and what is more than a package."""
    by_text: dict[str, list[str]] = {}
    for system, field in _SYSTEMS.items():
        texts = list(dict.fromkeys(text for need in needs if (text := getattr(need, field))))
        named = [text for text in texts if field in _MANAGERS and _PACKAGES.fullmatch(text)]
        packages = dict.fromkeys(" ".join(named).split())
        command = [" ".join((_MANAGERS[field], *packages))] if packages else []
        if text := " and ".join([*command, *(text for text in texts if text not in named)]):
            by_text.setdefault(text, []).append(system)
    lines = [f"{', '.join(systems)}: {text}" for text, systems in by_text.items()]
    return "; ".join([*lines, *(need.note for need in needs if need.note)])


def _given(variables: Sequence[str], cmake_args: Sequence[str]) -> str:
    """What CMake was told for the first of the variables that it was told at all."""
    for variable in variables:
        for argument in reversed(cmake_args):
            if match := re.fullmatch(rf"-D{re.escape(variable)}(?::\w+)?=(.+)", argument):
                return match[1]
    return ""


def _first(*programs: str) -> list[str]:
    return next(([program] for program in programs if shutil.which(program)), [])
