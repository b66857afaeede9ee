"""From a name to a model file: `resolve("smollm2-135m-instruct")`, `models()`, `remove(name)`."""

from __future__ import annotations

from llamacffi.hub.catalog import CatalogEntry
from llamacffi.hub.paths import cache_dir
from llamacffi.hub.resolve import Progress, models, remove, resolve

__all__ = ["CatalogEntry", "Progress", "cache_dir", "models", "remove", "resolve"]
