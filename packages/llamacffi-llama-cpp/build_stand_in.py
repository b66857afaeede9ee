"""setuptools' build backend; the wheel also declares llama-cpp-python as installed, whose API it has.

A second .dist-info is what pip refuses in a wheel. An .egg-info is the older form of the same, which pip, uv,
importlib.metadata and pkg_resources all read.
"""

from __future__ import annotations

from pathlib import Path

from setuptools import build_meta
from setuptools.command.build_py import build_py

API_VERSION = "0.3.36"
METADATA = f"""\
Metadata-Version: 2.1
Name: llama-cpp-python
Version: {API_VERSION}
Summary: llamacffi under the names of llama-cpp-python {API_VERSION}; put here by llamacffi-llama-cpp
"""

build_wheel = build_meta.build_wheel
build_sdist = build_meta.build_sdist
build_editable = build_meta.build_editable
get_requires_for_build_wheel = build_meta.get_requires_for_build_wheel
get_requires_for_build_sdist = build_meta.get_requires_for_build_sdist
get_requires_for_build_editable = build_meta.get_requires_for_build_editable
prepare_metadata_for_build_wheel = build_meta.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable


class BuildPy(build_py):
    """Adds the metadata beside `llama_cpp`."""

    @property
    def _metadata(self) -> Path:
        return Path(self.build_lib) / f"llama_cpp_python-{API_VERSION}.egg-info" / "PKG-INFO"

    def run(self) -> None:
        """Copy the modules, then write the metadata; an editable install goes without."""
        super().run()
        if not self.editable_mode:
            self._metadata.parent.mkdir(parents=True, exist_ok=True)
            self._metadata.write_text(METADATA, encoding="utf-8")

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:  # noqa: FBT001, FBT002 - setuptools' signature
        """What this puts into the wheel."""
        return [*super().get_outputs(include_bytecode), str(self._metadata)]
