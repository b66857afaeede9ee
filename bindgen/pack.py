"""What setuptools calls: pyproject.toml names these classes as its commands."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

from bindgen.compile import NATIVE, ROOT, Cmake, Settings, limited_api, say, vendored
from bindgen.source import build_files

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BdistWheel", "BuildExt", "Sdist", "config_settings"]

config_settings: dict[str, Any] = {}
"""What the front end was given with `--config-settings`; the hooks in build_ffi.py put it here."""


class BuildExt(build_ext):
    """Compile with CMake in place of distutils."""

    def build_extension(self, ext: Any) -> None:
        """Compile into the folder that becomes the wheel."""
        ext.py_limited_api = limited_api()
        native = Path(self.get_ext_fullpath(ext.name)).absolute().parent
        Cmake(Settings.read(config_settings)).install(native)
        _put_recipe(native.parent / "_recipe")

    def copy_extensions_to_source(self) -> None:
        """Install into the source tree, for an editable install: the libraries too, not the extension alone."""
        Cmake(Settings.read(config_settings)).install(NATIVE)


def _put_recipe(folder: Path) -> None:
    """Carry what `llamacffi backend add` needs besides llama.cpp's source, laid out as in the repository."""
    shutil.rmtree(folder, ignore_errors=True)
    for pattern in ("bindgen/*.py", "cmake/**/*.*", "vendor/llama.lock.toml"):
        for path in ROOT.glob(pattern):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


class BdistWheel(bdist_wheel):
    """One wheel for every CPython where there is a stable ABI, else one for this Python."""

    def finalize_options(self) -> None:
        """Set the tag's ABI."""
        self.py_limited_api = "cp310" if limited_api() else ""
        super().finalize_options()


class Sdist(sdist):
    """Carry the part of llama.cpp that the build reads, so that installing from the sdist fetches build tools only."""

    def make_release_tree(self, base_dir: str, files: Sequence[str]) -> None:
        """Copy what setuptools found, then llama.cpp's files."""
        tree, lock = vendored()
        super().make_release_tree(base_dir, files)
        say("adding llama.cpp's sources")
        for path in build_files(lock, tree):
            target = Path(base_dir) / "vendor" / "llama.cpp" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree / path, target)
