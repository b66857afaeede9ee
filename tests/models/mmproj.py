"""Projectors: what turns pictures and sound into embeddings of a text model.

`write_color_projector` is a closed form: a picture of one colour becomes the embedding of a chosen token, bit by bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFType, GGUFWriter, LlamaFileType

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tests.models.llama import Array

__all__ = [
    "write_audio_projector",
    "write_color_projector",
    "write_gemma3_projector",
    "write_qwen2vl_projector",
    "write_random_projector",
]

_WIDTH, _N_HEAD, _N_FF = 32, 4, 64  # two equal widths would make llama.cpp take "up" for "down"
_SCALE = 16.0
"""GELU(16) is 16, and GELU(0) is 0, in floating point too."""


def write_color_projector(path: Path, rows: npt.NDArray[np.float32], *, patch: int = 16) -> Path:
    """Write what sees one colour: r * rows[0] + g * rows[1] + b * rows[2], of the picture's mean from 0 to 1.

    A convolution with `patch` a power of two gives 16 times the mean exactly, GELU leaves 16 and 0 as they are, and the
    last matrix has a sixteenth of the rows. Its one block is of llava's kind, whose last one is not computed.
    """
    n_embd = rows.shape[1]
    writer = _vision(path, n_embd, image=patch, patch=patch, n_block=1)
    kernel = np.zeros((_WIDTH, 3, patch, patch), np.float32)
    for channel in range(3):
        kernel[channel, channel] = _SCALE / patch**2
    writer.add_tensor("v.patch_embd.weight", kernel)
    writer.add_tensor("v.position_embd.weight", np.zeros((1, _WIDTH), np.float32))
    _block(writer, 0, None)
    first = np.zeros((_WIDTH, _WIDTH), np.float32)
    first[:3, :3] = np.eye(3)
    last = np.zeros((n_embd, _WIDTH), np.float32)
    last[:, :3] = rows.T / _SCALE
    return _finish(writer, {"mm.0": first, "mm.2": last})


def write_random_projector(
    path: Path, n_embd: int, *, image: int = 32, patch: int = 8, n_block: int = 2, seed: int = 30
) -> Path:
    """Write a small ViT of random weights with (image / patch)² embeddings a picture."""
    random = np.random.RandomState(seed)
    writer = _vision(path, n_embd, image=image, patch=patch, n_block=n_block)
    n_patches = (image // patch) ** 2

    def floats(*shape: int, scale: float) -> Array:
        return np.asarray(random.randn(*shape) * scale, np.float32)

    writer.add_tensor("v.class_embd", floats(_WIDTH, scale=0.5))
    writer.add_tensor("v.patch_embd.weight", floats(_WIDTH, 3, patch, patch, scale=1 / patch))
    writer.add_tensor("v.position_embd.weight", floats(n_patches + 1, _WIDTH, scale=0.3))
    _norm(writer, "v.pre_ln")
    for i in range(n_block):
        _block(writer, i, random)
    first = floats(n_embd, _WIDTH, scale=2 / np.sqrt(_WIDTH))
    return _finish(writer, {"mm.0": first, "mm.2": floats(n_embd, n_embd, scale=2 / np.sqrt(n_embd))})


def write_qwen2vl_projector(path: Path, n_embd: int, *, patch: int = 8, n_block: int = 2, seed: int = 40) -> Path:
    """Write a ViT of random weights with an embedding for each square of 2 by 2 patches, however many there are."""
    random = np.random.RandomState(seed)
    writer = _vision(path, n_embd, image=4 * patch, patch=patch, n_block=n_block, kind="qwen2vl_merger")

    def floats(*shape: int, scale: float) -> Array:
        return np.asarray(random.randn(*shape) * scale, np.float32)

    for name in ("v.patch_embd.weight", "v.patch_embd.weight.1"):  # the second is for the next frame
        writer.add_tensor(name, floats(_WIDTH, 3, patch, patch, scale=1 / patch))
    for i in range(n_block):
        _block(writer, i, random)
    _norm(writer, "v.post_ln")
    first = floats(4 * _WIDTH, 4 * _WIDTH, scale=2 / np.sqrt(4 * _WIDTH))
    return _finish(writer, {"mm.0": first, "mm.2": floats(n_embd, 4 * _WIDTH, scale=2 / np.sqrt(4 * _WIDTH))})


def write_gemma3_projector(
    path: Path, n_embd: int, *, image: int = 48, patch: int = 8, n_block: int = 2, seed: int = 50
) -> Path:
    """Write a ViT of random weights with an embedding for each square of 2 by 2 patches, which see each other."""
    random = np.random.RandomState(seed)
    writer = _vision(path, n_embd, image=image, patch=patch, n_block=n_block, kind="gemma3")
    writer.add_uint32("clip.vision.projector.scale_factor", 2)

    def floats(*shape: int, scale: float) -> Array:
        return np.asarray(random.randn(*shape) * scale, np.float32)

    writer.add_tensor("v.patch_embd.weight", floats(_WIDTH, 3, patch, patch, scale=1 / patch))
    writer.add_tensor("v.position_embd.weight", floats((image // patch) ** 2, _WIDTH, scale=0.3))
    for i in range(n_block):
        _block(writer, i, random)
    _norm(writer, "v.post_ln")
    writer.add_tensor("mm.soft_emb_norm.weight", np.ones(_WIDTH, np.float32))
    writer.add_tensor("mm.input_projection.weight", floats(_WIDTH, n_embd, scale=1 / np.sqrt(_WIDTH)))
    return _finish(writer, {})


def write_audio_projector(path: Path, n_embd: int, *, n_mel: int = 80, stack: int = 20, seed: int = 60) -> Path:
    """Write an encoder of Whisper's kind with Ultravox's projector: 75 embeddings for each 30 seconds.

    Of the 1500 frames of 30 seconds `stack` become one; llama.cpp aborts where that does not divide them.
    """
    random = np.random.RandomState(seed)
    writer = _new(path)
    writer.add_bool("clip.has_audio_encoder", True)
    writer.add_string("clip.projector_type", "ultravox")
    _numbers(writer, "clip.audio", n_embd, n_block=1)
    writer.add_uint32("clip.audio.num_mel_bins", n_mel)
    writer.add_uint32("clip.audio.projector.stack_factor", stack)

    def floats(*shape: int, scale: float) -> Array:
        return np.asarray(random.randn(*shape) * scale, np.float32)

    writer.add_tensor("a.position_embd.weight", floats(1500, _WIDTH, scale=0.1))
    for i, n_in in ((1, n_mel), (2, _WIDTH)):
        kernel = floats(_WIDTH, n_in, 3, scale=1 / np.sqrt(3 * n_in)).astype(np.float16)
        writer.add_tensor(f"a.conv1d.{i}.weight", kernel)
        writer.add_tensor(f"a.conv1d.{i}.bias", np.zeros((_WIDTH, 1), np.float32))
    _block(writer, 0, random, prefix="a", has_key_bias=False)
    _norm(writer, "a.post_ln")
    writer.add_tensor("mm.a.norm_pre.weight", np.ones(_WIDTH * stack, np.float32))
    writer.add_tensor("mm.a.norm_mid.weight", np.ones(_WIDTH, np.float32))
    writer.add_tensor("mm.a.mlp.1.weight", floats(2 * _WIDTH, _WIDTH * stack, scale=1 / np.sqrt(_WIDTH * stack)))
    writer.add_tensor("mm.a.mlp.2.weight", floats(n_embd, _WIDTH, scale=2 / np.sqrt(_WIDTH)))
    return _finish(writer, {})


def _new(path: Path) -> GGUFWriter:
    writer = GGUFWriter(path, "clip")
    writer.add_type(GGUFType.MMPROJ)
    writer.add_name(path.stem)
    writer.add_file_type(LlamaFileType.ALL_F32)
    return writer


def _numbers(writer: GGUFWriter, prefix: str, n_embd: int, n_block: int) -> None:
    numbers = {"embedding_length": _WIDTH, "feed_forward_length": _N_FF, "block_count": n_block}
    for name, number in {**numbers, "projection_dim": n_embd, "attention.head_count": _N_HEAD}.items():
        writer.add_uint32(f"{prefix}.{name}", number)
    writer.add_float32(f"{prefix}.attention.layer_norm_epsilon", 1e-5)


def _vision(path: Path, n_embd: int, *, image: int, patch: int, n_block: int, kind: str = "mlp") -> GGUFWriter:
    writer = _new(path)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", kind)
    writer.add_bool("clip.use_gelu", True)
    _numbers(writer, "clip.vision", n_embd, n_block)
    writer.add_uint32("clip.vision.image_size", image)
    writer.add_uint32("clip.vision.patch_size", patch)
    writer.add_array("clip.vision.image_mean", [0.0] * 3)
    writer.add_array("clip.vision.image_std", [1.0] * 3)
    return writer


def _block(
    writer: GGUFWriter, i: int, random: np.random.RandomState | None, *, prefix: str = "v", has_key_bias: bool = True
) -> None:
    """A block of a transformer; of zeros without `random`."""

    def matrix(n_out: int, n_in: int) -> Array:
        if random is None:
            return np.zeros((n_out, n_in), np.float32)
        return np.asarray(random.randn(n_out, n_in) / np.sqrt(n_in), np.float32)

    name = f"{prefix}.blk.{i}"
    for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
        writer.add_tensor(f"{name}.{part}.weight", matrix(_WIDTH, _WIDTH))
        if has_key_bias or part != "attn_k":
            writer.add_tensor(f"{name}.{part}.bias", np.zeros(_WIDTH, np.float32))
    for part, n_out, n_in in (("ffn_up", _N_FF, _WIDTH), ("ffn_down", _WIDTH, _N_FF)):
        writer.add_tensor(f"{name}.{part}.weight", matrix(n_out, n_in))
        writer.add_tensor(f"{name}.{part}.bias", np.zeros(n_out, np.float32))
    for part in ("ln1", "ln2"):
        _norm(writer, f"{name}.{part}")


def _norm(writer: GGUFWriter, name: str) -> None:
    writer.add_tensor(f"{name}.weight", np.ones(_WIDTH, np.float32))
    writer.add_tensor(f"{name}.bias", np.zeros(_WIDTH, np.float32))


def _finish(writer: GGUFWriter, matrices: dict[str, Array]) -> Path:
    for name, matrix in matrices.items():
        writer.add_tensor(f"{name}.weight", matrix)
        writer.add_tensor(f"{name}.bias", np.zeros(len(matrix), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return writer.path  # type: ignore[return-value]  # as it was given
