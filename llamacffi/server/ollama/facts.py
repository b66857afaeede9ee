"""What a model's file says of it, in Ollama's words."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi.core.gguf import GGUFFile
from llamacffi.core.quantize import file_types
from llamacffi.errors import LlamaError
from llamacffi.hub import resolve

if TYPE_CHECKING:
    from llamacffi.core.metadata import Metadata

__all__ = ["NO_FACTS", "ModelFacts", "facts_of"]

_LONG = ("tokenizer.ggml.tokens", "tokenizer.ggml.scores", "tokenizer.ggml.token_type", "tokenizer.ggml.merges")
_GAPS = ("tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id")
_MILLION, _BILLION = 1_000_000, 1_000_000_000


@dataclass(frozen=True)
class ModelFacts:
    """Of one file, read without loading the model."""

    size: int
    modified: str
    digest: str
    """64 hex digits that tell files apart; not of their content, which would take long to read."""
    details: dict[str, Any]
    template: str
    licence: str
    capabilities: tuple[str, ...]
    n_ctx_train: int
    info: dict[str, Any]
    """All metadata; null in place of the vocabulary."""


NO_FACTS = ModelFacts(
    size=0,
    modified=datetime.fromtimestamp(0, timezone.utc).isoformat().replace("+00:00", "Z"),
    digest="0" * 64,
    details={
        "parent_model": "",
        "format": "gguf",
        "family": "",
        "families": [],
        "parameter_size": "",
        "quantization_level": "",
    },
    template="",
    licence="",
    capabilities=(),
    n_ctx_train=0,
    info={},
)
"""Of a model whose file is not on this machine yet, or cannot be read."""


def facts_of(name: str) -> ModelFacts:
    """The facts of a model by its path or name; NO_FACTS when it is not here."""
    try:
        path = resolve(name, offline=True)
        stat = path.stat()
        return _read(str(path), stat.st_size, stat.st_mtime_ns)
    except (LlamaError, OSError, ValueError):
        return NO_FACTS


@lru_cache(maxsize=64)
def _read(path: str, size: int, modified_ns: int) -> ModelFacts:
    with GGUFFile(path) as file:
        metadata = file.metadata
        n_params = sum(int(np.prod(tensor.shape, dtype=np.int64)) for tensor in file.tensors.values())
        info = {key: None if key in _LONG else _plain(metadata[key]) for key in metadata}
        family = str(metadata.get("general.architecture", ""))
        template = str(metadata.get("tokenizer.chat_template", ""))
        modified = datetime.fromtimestamp(modified_ns / 1e9, timezone.utc).isoformat().replace("+00:00", "Z")
        context = metadata.get(f"{family}.context_length", 0)
        return ModelFacts(
            size=size,
            modified=modified,
            digest=hashlib.sha256(f"{Path(path).name}\n{size}\n{modified_ns}".encode()).hexdigest(),
            details={
                **NO_FACTS.details,
                "family": family,
                "families": [family],
                "parameter_size": _short(n_params),
                "quantization_level": _file_type(metadata),
            },
            template=template,
            licence=str(metadata.get("general.license", "")),
            capabilities=_capabilities(metadata, family, template),
            n_ctx_train=context if isinstance(context, int) else 0,
            info={**info, "general.parameter_count": n_params},
        )


def _capabilities(metadata: Metadata, family: str, template: str) -> tuple[str, ...]:
    if f"{family}.pooling_type" in metadata and not template:
        return ("embedding",)
    # Where a template knows no tools, the model is told of them in words.
    found = ["completion", "tools"]
    if "<think>" in template or "enable_thinking" in template or "reasoning_content" in template:
        found.append("thinking")
    if any(key in metadata for key in _GAPS):
        found.append("insert")
    return tuple(found)


def _file_type(metadata: Metadata) -> str:
    number = metadata.get("general.file_type")
    return next((name.upper() for name, value in file_types().items() if value == number), "unknown")


def _short(n: int) -> str:
    return f"{n / _BILLION:.1f}B" if n >= _BILLION else f"{n / _MILLION:.2f}M"


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    elif isinstance(value, tuple):
        value = list(value)
    try:
        json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError):  # NaN, or text that is no UTF-8
        return str(value).encode("utf-8", "replace").decode()
    return value
