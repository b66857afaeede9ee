"""Compiling one backend for a llamacffi that is installed already.

`python -m bindgen.plugin requires NAME` prints what the package index must supply, `build NAME …` compiles. The
installed package carries this folder, cmake/ and the lock, and runs it in a folder of its own.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from bindgen import backends
from bindgen.toolchain import check_compiler, cmake_args, find_cmake, find_tool, say, stop

__all__ = ["build", "requires"]


def requires(name: str) -> list[str]:
    """The packages that a build of that backend needs and this machine lacks."""
    backends.check([name], cmake_args())
    check_compiler()
    needed = [name for name, there in (("cmake", find_cmake()), ("ninja", find_tool("ninja"))) if not there]
    if sys.version_info < (3, 11) and importlib.util.find_spec("tomli") is None:
        needed.append("tomli")
    return needed


def build(name: str, ggml_base: Path, commit: str, folder: Path, output: Path) -> None:
    """Compile the backend in `folder` and install its plug-in into `output`.

    It is linked against the library `ggml_base` of the installed package, which was built from `commit`.
    """
    # Not before the packages that `requires` names are there.
    from bindgen.cmake import ROOT, Project
    from bindgen.compile import CPU_KINDS, vendored

    arguments = cmake_args()
    cpu = os.environ.get("LLAMACFFI_CPU", "native")
    if cpu not in CPU_KINDS:
        stop(f"LLAMACFFI_CPU is `{cpu}`; it must be {', '.join(CPU_KINDS[:-1])} or {CPU_KINDS[-1]}")
    jobs = os.environ.get("LLAMACFFI_JOBS", "")
    if jobs and not jobs.isdigit():
        stop(f"LLAMACFFI_JOBS is `{jobs}`; it must be a number")
    backends.check([name], arguments)
    check_compiler()
    tree, lock = vendored()
    if lock.commit != commit:
        stop(f"this package was built from llama.cpp {commit}, its lock names {lock.commit}; build the package again")
    settings = {
        "LLAMACFFI_LLAMA_CPP_DIR": str(tree),
        "LLAMACFFI_LLAMA_COMMIT": lock.commit,
        "LLAMACFFI_LLAMA_BUILD_NUMBER": str(lock.build_number),
        "LLAMACFFI_BACKENDS": name,
        "LLAMACFFI_CPU": cpu,
        "LLAMACFFI_GGML_BASE": str(ggml_base),
    }
    given = [*backends.arguments([name], arguments), *arguments]
    say(f"configuring the backend {name} of {lock.name}")
    Project(
        ROOT / "cmake" / "plugin",
        folder,
        [*(f"-D{key}={value}" for key, value in settings.items()), *given],
        settings={**settings, "cmake_args": given},
        build_type="Release",
        jobs=int(jobs or 0) or os.cpu_count() or 1,
    ).install(output)


def main() -> None:
    """The command line of this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("requires").add_argument("name")
    command = commands.add_parser("build")
    command.add_argument("name")
    command.add_argument("--commit", required=True)
    for option in ("ggml-base", "folder", "output"):
        command.add_argument(f"--{option}", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "requires":
        print(*requires(options.name))
    else:
        build(options.name, options.ggml_base, options.commit, options.folder, options.output)


if __name__ == "__main__":
    main()
