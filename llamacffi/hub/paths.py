"""Where llamacffi keeps what it downloads."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_dir", "models_dir", "names_file", "search_path"]


def cache_dir() -> Path:
    """The cache folder, which need not exist: LLAMACFFI_CACHE, else the platform's own place for caches."""
    named = os.environ.get("LLAMACFFI_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("llamacffi", appauthor=False))


def models_dir() -> Path:
    """The folder of the model files in the cache."""
    return cache_dir() / "models"


def names_file() -> Path:
    """The file of the user's own names, which need not exist: in LLAMACFFI_CONFIG, else in the platform's folder."""
    named = os.environ.get("LLAMACFFI_CONFIG")
    if named:
        return Path(named).expanduser().absolute() / "models.toml"
    import platformdirs

    return Path(platformdirs.user_config_dir("llamacffi", appauthor=False)) / "models.toml"


def search_path() -> tuple[Path, ...]:
    """The folders of LLAMACFFI_MODELS, which are separated as those of PATH."""
    named = os.environ.get("LLAMACFFI_MODELS", "")
    return tuple(Path(folder).expanduser() for folder in named.split(os.pathsep) if folder)
