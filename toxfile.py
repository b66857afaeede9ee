"""Lets tox find pyenv's Pythons without `pyenv local`: its shims answer only for the versions that are switched on."""

from __future__ import annotations

import os
from pathlib import Path


def _pyenv_folders() -> list[str]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [str(folder) for folder in sorted(root.glob("versions/3.*/bin"))]


# At the end: a Python that is on PATH by its own name comes first.
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), *_pyenv_folders()])
