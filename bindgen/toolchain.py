"""What a build needs of the machine: finding it, and naming what is missing before CMake fails in a page of text."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NoReturn

__all__ = [
    "MINIMUM_CMAKE",
    "check_compiler",
    "check_toolchain",
    "cmake_args",
    "find_cmake",
    "find_tool",
    "has_visual_studio",
    "say",
    "stop",
    "wants_ninja",
]

# As CMakeLists.txt has it; an older one than 3.26 does not find python3.lib, which serves every Python on Windows.
MINIMUM_CMAKE = (3, 26) if os.name == "nt" else (3, 21)

# What stands in the way when a tool is missing: one line, and what to install.
INSTALL_COMPILER = (
    "Debian and Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install;"
    " Windows: the Visual Studio Build Tools with C++, or w64devkit with CC=gcc and CXX=g++"
)
INSTALL_PYTHON_HEADERS = "Debian and Ubuntu: apt-get install python3-dev; Fedora: dnf install python3-devel"


def say(text: str) -> None:
    """Print a stage of the build where pip shows it (with --verbose)."""
    print(f"llamacffi: {text}", file=sys.stderr, flush=True)


def stop(text: str) -> NoReturn:
    """End the build with one line, without a traceback around it."""
    raise SystemExit(f"llamacffi: error: {text}")


def cmake_args() -> list[str]:
    """What CMAKE_ARGS holds, word for word; stops when a quotation mark in it has no other."""
    text = os.environ.get("CMAKE_ARGS", "")
    try:
        return shlex.split(text)
    except ValueError as error:
        stop(f"CMAKE_ARGS is `{text}`, which cannot be read: {error}")


def check_compiler() -> None:
    """Stop when there is no compiler for C or C++."""
    for variable, language, names in (("CC", "C", ("cc", "gcc", "clang")), ("CXX", "C++", ("c++", "g++", "clang++"))):
        given = os.environ.get(variable)
        if given and not shutil.which(shlex.split(given)[0]):
            stop(f"{variable} is `{given}`, which is not there")
        there = has_visual_studio() if os.name == "nt" else any(map(shutil.which, names))
        if not given and not there and "CMAKE_GENERATOR" not in os.environ:
            stop(f"no {language} compiler found. {INSTALL_COMPILER}")


def has_visual_studio() -> bool:
    """Whether Microsoft's compiler is on PATH, or an installation of it that CMake finds by itself."""
    folder = Path(os.environ.get("PROGRAMFILES(X86)", ""), "Microsoft Visual Studio", "Installer")
    return bool(shutil.which("cl")) or (folder / "vswhere.exe").exists()


def wants_ninja(*, windows: bool = os.name == "nt") -> bool:
    """Whether CMake is to be given ninja: not when another generator is named, or is needed to find Visual Studio."""
    on_path = not windows or bool(os.environ.get("CC")) or bool(shutil.which("cl"))
    return on_path and "CMAKE_GENERATOR" not in os.environ


def check_toolchain() -> None:
    """Stop when a compiler or Python's headers are missing."""
    check_compiler()
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
