"""CMake's output, and the first error in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bindgen import cmake

GCC = """[78/146] Building CXX object chat.cpp.o
FAILED: chat.cpp.o
c++ -Werror: -c chat.cpp
values.hpp:9:10: fatal error: json.h: No such file or directory
    9 | #include "json.h"
other.cpp:1:1: error: and another
"""
CMAKE = """-- The C compiler identification is unknown
CMake Error at CMakeLists.txt:4 (project):

  The C compiler

    "/bin/false"

  is not able to compile a simple test program.
  More words.
"""
SAID = 'The C compiler "/bin/false" is not able to compile a simple test program.'
MICROSOFT = "value.cpp(9,10): error C1083: Cannot open include file: 'json.h'\n"
QUIET = "ninja: build stopped: interrupted by user.\n"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (GCC, ": values.hpp:9:10: fatal error: json.h: No such file or directory"),
        (CMAKE, f": CMake Error at CMakeLists.txt:4 (project): {SAID}"),
        (MICROSOFT, f": {MICROSOFT.strip()}"),
        (QUIET, ""),
    ],
)
def test_the_first_error_is_the_reason(
    output: str, reason: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "output").write_text(output)
    program = "import sys; print(open(sys.argv[1]).read(), end='', file=sys.stderr); sys.exit(3)"
    command = [sys.executable, "-c", program, str(tmp_path / "output")]
    assert cmake._run_and_read(command, dict(os.environ)) == (3, reason)
    assert capfd.readouterr().out == output  # it is printed all the same


def test_a_build_that_fails_says_why(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    project = cmake.Project.__new__(cmake.Project)
    project.program, project.folder, project.build_type, project.jobs = sys.executable, tmp_path, "Release", 1
    project._environment = dict(os.environ)
    with pytest.raises(SystemExit, match=r"^llamacffi: error: the compiler failed \(exit 2\); its output is above"):
        project.build("all")
    assert "unknown option --build" in capfd.readouterr().out.replace("Unknown", "unknown")
