"""Weights of every type in every place: what the CPU cannot compute with is refused, not found out by its threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType

from llamacffi import Batch, ContextError, MediaError, Model, ModelLoadError
from llamacffi.core.media import Media
from llamacffi.core.projector import MediaChunk, Projector
from tests.capabilities import needs
from tests.models import LlamaShape, write_audio_projector, write_llama, write_random_projector
from tests.models.colors import noise
from tests.models.rewritten import is_quantizable, rewritten, tensor_names

ODD = tuple(GGMLQuantizationType[name] for name in ("F64", "I64", "I32", "I16", "I8"))
HALF = tuple(GGMLQuantizationType[name] for name in ("F16", "BF16"))
QUANTIZED = tuple(GGMLQuantizationType[name] for name in ("Q8_0", "Q4_0"))


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_llama(tmp_path_factory.mktemp("seed") / "seed.gguf", shape=LlamaShape(n_layer=1))


def logits(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    batch = Batch(4)
    batch.extend([1, 5, 300, 7], 0, 0)
    with Model(path) as model, model.context(n_ctx=64, n_threads=2, n_threads_batch=2) as context:
        context.decode(batch)
        return np.array(context.logits())


@pytest.mark.parametrize("kind", [*ODD, *HALF, *QUANTIZED], ids=lambda kind: kind.name)
def test_a_model(seed: Path, tmp_path: Path, kind: GGMLQuantizationType) -> None:
    usual = logits(seed)
    for name in tensor_names(seed):
        path = rewritten(seed, tmp_path / "other.gguf", types={name: kind})
        if (name, kind.name) == ("token_embd.weight", "I32"):  # rows of it are looked up, but a layer takes floats
            with pytest.raises(ContextError):
                logits(path)
        elif kind in ODD or "norm" in name:
            with pytest.raises(ModelLoadError, match=rf"(?s){name}\n.*; it is {kind.name.lower()}, which"):
                logits(path)
        else:
            assert np.abs(logits(path) - usual).max() < 2


@needs("mtmd's parts")
@pytest.mark.parametrize("kind", [*ODD, *HALF, *QUANTIZED], ids=lambda kind: kind.name)
@pytest.mark.parametrize("write", [write_random_projector, write_audio_projector])
def test_a_projector(
    tiny_llama: Path, tmp_path: Path, write: Callable[[Path, int], Path], kind: GGMLQuantizationType
) -> None:
    with Model(tiny_llama, mmproj=False) as model:
        path = write(tmp_path / "seed.gguf", model.n_embd)
        outcomes = Counter[bool]()
        for name in tensor_names(path):
            if kind in QUANTIZED and not is_quantizable(path, name):
                continue
            other = rewritten(path, tmp_path / "other.gguf", types={name: kind})
            try:
                with Projector(model, other, n_threads=2) as projector:
                    media = noise(1) if projector.sees else Media.audio(np.zeros(16000, np.float32))
                    (chunk,) = (one for one in projector.chunks([media]) if isinstance(one, MediaChunk))
                    projector.encode(chunk)
                    outcomes[True] += 1
            except (ModelLoadError, MediaError):
                outcomes[False] += 1
        assert outcomes[False] > 3 or kind in HALF
        assert outcomes[True] > 3 or kind in ODD
