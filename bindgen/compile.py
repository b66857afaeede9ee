"""Compiling llama.cpp, its backends and the extension with CMake."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import sys
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bindgen import backends, source
from bindgen.cmake import ROOT, Project
from bindgen.files import write_if_changed
from bindgen.toolchain import check_toolchain, cmake_args, find_cmake, find_tool, say, stop

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NATIVE", "ROOT", "Cmake", "Settings", "find_cmake", "find_tool", "limited_api", "say", "stop", "vendored"]

NATIVE = ROOT / "llamacffi" / "_native"

SHIMS = ("required", "fitting")  # cmake/Shims.cmake
CPU_KINDS = ("native", "all", "baseline")  # cmake/NativeCpu.cmake


def limited_api() -> bool:
    """Whether this Python has the stable ABI: CPython with the GIL does; free-threaded CPython and PyPy do not."""
    return platform.python_implementation() == "CPython" and not sysconfig.get_config_var("Py_GIL_DISABLED")


@dataclass(frozen=True)
class Settings:
    """What a user may choose, from the environment or from `--config-settings` (which wins)."""

    backends: str = backends.DEFAULT
    cpu: str = "native"
    build_type: str = "Release"
    build_dir: str = str(ROOT / "build" / "cmake")
    shims: str = "required"
    jobs: int = 0
    cmake_args: tuple[str, ...] = ()

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> Settings:
        """Read LLAMACFFI_BACKENDS or `backends=`, and so on; an unknown `--config-settings` key is an error."""
        names = ("backends", "cpu", "build-type", "build-dir", "shims", "jobs")
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
        arguments = [*cmake_args(), *(a for text in given for a in shlex.split(text))]
        if values.get("cpu", cls.cpu) not in CPU_KINDS:
            stop(f"LLAMACFFI_CPU is `{values['cpu']}`; it must be native, all or baseline")
        if values.get("shims", cls.shims) not in SHIMS:
            stop(f"LLAMACFFI_SHIMS is `{values['shims']}`; it must be required or fitting")
        values["backends"] = ",".join(backends.parse(values.get("backends", cls.backends), arguments))
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


class Cmake(Project):
    """The build of the whole package."""

    def __init__(self, settings: Settings, *, bench: bool = False) -> None:
        check_toolchain()
        names = settings.backends.split(",")
        backends.check(names, settings.cmake_args)
        tree, lock = vendored()
        self.settings = settings
        folder = Path(settings.build_dir)
        arguments = [
            f"-DPython_EXECUTABLE={sys.executable}",
            f"-DPython_INCLUDE_DIR={sysconfig.get_path('include')}",
            f"-DLLAMACFFI_LLAMA_CPP_DIR={tree}",
            f"-DLLAMACFFI_LLAMA_COMMIT={lock.commit}",
            f"-DLLAMACFFI_LLAMA_BUILD_NUMBER={lock.build_number}",
            f"-DLLAMACFFI_BACKENDS={settings.backends}",
            f"-DLLAMACFFI_CPU={settings.cpu}",
            f"-DLLAMACFFI_SHIMS={settings.shims}",
            f"-DLLAMACFFI_LIMITED_API={'ON' if limited_api() else 'OFF'}",
            f"-DLLAMACFFI_BENCH={'ON' if bench else 'OFF'}",
            f"-DLLAMACFFI_INFO={self._write_info(folder / 'info.json', lock)}",
            *backends.arguments(names, settings.cmake_args),
            *settings.cmake_args,
        ]
        say(f"configuring llama.cpp {lock.version} for {settings.backends} in {folder}")
        kept = {key: value for key, value in asdict(settings).items() if key != "jobs"}
        super().__init__(ROOT, folder, arguments, settings=kept, build_type=settings.build_type, jobs=settings.jobs)

    def install(self, destination: Path) -> None:
        """Put the extension, its libraries and the build's facts into a package folder."""
        self.build("all")
        shutil.rmtree(destination / "lib", ignore_errors=True)  # a backend that is no longer built must not stay
        super().install(destination)

    def _write_info(self, path: Path, lock: source.Lock) -> Path:
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
