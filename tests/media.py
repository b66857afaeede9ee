"""Models that see, of the kinds that decode pictures apart, and what llama.cpp's own helper makes of a prompt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from llamacffi import Context, Model
from llamacffi._native import ffi, lib
from llamacffi._native.arrays import copy_floats, lend
from llamacffi.core.media import Media
from llamacffi.core.projector import MediaChunk, Projector
from tests.models import (
    write_gemma3,
    write_gemma3_projector,
    write_lfm2,
    write_llama,
    write_qwen2vl,
    write_qwen2vl_projector,
    write_random_projector,
)
from tests.models.exact import EXACT

__all__ = ["KINDS", "OPTIONS", "Seer", "helped_logits", "picture", "seer"]

OPTIONS: dict[str, Any] = {**EXACT, "n_threads": 1, "n_threads_batch": 1}
KINDS = ("llava", "lfm2", "qwen2vl", "gemma3", "gemma3-swa")
"""As text is; with a state; with fewer positions than embeddings, with such that see each other, and a window too."""
N_SWA = 24


@dataclass(frozen=True)
class Seer:
    """A model and its projector."""

    kind: str
    model: Model
    projector: Projector

    @property
    def at_once(self) -> bool:
        """Whether a picture must be decoded in one piece."""
        return self.kind.startswith("gemma3")

    @property
    def forgets(self) -> bool:
        """Whether the memory cannot go back everywhere."""
        return self.kind in {"gemma3-swa", "lfm2"}

    def context(self, **options: Any) -> Context:
        """One for a comparison bit by bit."""
        return self.model.context(**{"n_ctx": 512, "swa_full": False, **OPTIONS, **options})

    def chunk(self, media: Media) -> MediaChunk:
        """The only one of a picture."""
        (chunk,) = (one for one in self.projector.chunks([media]) if isinstance(one, MediaChunk))
        return chunk


@contextmanager
def seer(kind: str, folder: Path) -> Iterator[Seer]:
    """Write the files of a kind and load them."""
    text, eye = folder / f"{kind}.gguf", folder / f"mmproj-{kind}.gguf"
    if kind in {"llava", "lfm2"}:
        (write_llama if kind == "llava" else write_lfm2)(text)
        write_random_projector(eye, 64)
    elif kind == "qwen2vl":
        write_qwen2vl(text)
        write_qwen2vl_projector(eye, 64)
    else:
        write_gemma3(text, n_swa=N_SWA if kind == "gemma3-swa" else 0)
        write_gemma3_projector(eye, 64)
    with (
        Model(text) as model,
        Projector(model, eye, n_threads=1, image_min_tokens=1, image_max_tokens=64) as projector,
    ):
        yield Seer(kind, model, projector)


def picture(seed: int, height: int = 40, width: int = 56) -> Media:
    """A picture like no other."""
    return Media.image(np.random.RandomState(seed).randint(0, 255, (height, width, 3)).astype(np.uint8))


def helped_logits(
    context: Context, projector: Projector, parts: Sequence[str | Media], *, n_batch: int = 512
) -> tuple[Any, int]:
    """The logits after a prompt, and the position that comes next, by mtmd_tokenize and mtmd_helper_eval_chunks.

    What the context held before is forgotten, behind its back.
    """
    text = "".join(part if isinstance(part, str) else projector.marker for part in parts).encode()
    bitmaps = []
    for part in parts:
        if isinstance(part, Media):
            pixels = np.ascontiguousarray(part.data, np.uint8)
            bitmap = lib.mtmd_bitmap_init(pixels.shape[1], pixels.shape[0], lend("unsigned char[]", pixels))
            bitmaps.append(ffi.gc(bitmap, lib.mtmd_bitmap_free))
    chars = ffi.new("char[]", text)
    given = ffi.new("mtmd_input_text *", {"text": chars, "text_len": len(text)})
    given.add_special = given.parse_special = True
    chunks = ffi.gc(lib.mtmd_input_chunks_init(), lib.mtmd_input_chunks_free)
    table: Any = ffi.new("mtmd_bitmap *[]", bitmaps)
    assert lib.mtmd_tokenize(projector.ptr, chunks, given, ffi.cast("const mtmd_bitmap **", table), len(bitmaps)) == 0
    lib.llama_memory_clear(lib.llama_get_memory(context.ptr), True)
    after = ffi.new("llama_pos *")
    assert lib.mtmd_helper_eval_chunks(projector.ptr, context.ptr, chunks, 0, 0, n_batch, True, after) == 0
    return copy_floats(lib.llama_get_logits_ith(context.ptr, -1), context.model.vocab.n_tokens), after[0]
