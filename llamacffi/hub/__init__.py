"""From a name to a model file: `resolve("hf:owner/repo:Q4_K_M")`; which names there are, what the caches hold."""

from __future__ import annotations

from llamacffi.hub.catalog import CatalogEntry
from llamacffi.hub.hub_cache import HubModel, cached
from llamacffi.hub.naming import names
from llamacffi.hub.paths import cache_dir, names_file
from llamacffi.hub.pretrained import pretrained, pretrained_mmproj
from llamacffi.hub.progress import Progress
from llamacffi.hub.resolve import mmproj, models, remove, resolve
from llamacffi.hub.verify import Verdict, verify, verify_all

__all__ = [
    "CatalogEntry",
    "HubModel",
    "Progress",
    "Verdict",
    "cache_dir",
    "cached",
    "mmproj",
    "models",
    "names",
    "names_file",
    "pretrained",
    "pretrained_mmproj",
    "remove",
    "resolve",
    "verify",
    "verify_all",
]
