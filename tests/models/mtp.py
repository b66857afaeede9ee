"""GLM-4 MoE with an MTP layer: one that reads the model's own hidden states and guesses the token after the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import gguf
import numpy as np
from gguf import GGUFWriter

from tests.models.llama import Array, LlamaShape, write_tensors
from tests.models.vocab import CHATML, SpmVocab, spm_vocab

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["MtpShape", "write_mtp", "write_mtp_table"]


@dataclass(frozen=True)
class MtpShape(LlamaShape):
    """The numbers of a model; `n_layer` are those that answer, and the MTP layer comes on top."""

    n_layer: int = 2
    n_expert: int = 2
    n_ff_expert: int = 32

    def write(self, writer: GGUFWriter, name: str, n_vocab: int) -> None:
        LlamaShape.write(replace(self, n_layer=self.n_layer + 1), writer, name, n_vocab)
        writer.add_nextn_predict_layers(1)
        writer.add_expert_count(self.n_expert)
        writer.add_expert_used_count(1)
        writer.add_expert_shared_count(1)
        writer.add_expert_feed_forward_length(self.n_ff_expert)
        writer.add_leading_dense_block_count(1)
        writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
        writer.add_expert_weights_scale(1.0)
        writer.add_expert_weights_norm(True)


def write_mtp(
    path: Path,
    *,
    shape: MtpShape | None = None,
    vocab: SpmVocab | None = None,
    seed: int = 50,
    without_tensors: bool = False,
) -> Path:
    """Write a model of random weights, whose MTP layer guesses as well as chance, or has no tensors at all."""
    shape = MtpShape() if shape is None else shape
    vocab = spm_vocab(512) if vocab is None else vocab
    random = np.random.RandomState(seed)
    n = shape.n_embd

    def matrix(*dims: int) -> Array:
        return np.asarray(random.randn(*dims) / np.sqrt(dims[-1]), np.float32)

    tensors: dict[str, npt.NDArray[np.generic]] = {
        "token_embd.weight": random.randn(len(vocab), n).astype(np.float32),
        "output.weight": 2 * matrix(len(vocab), n),
        f"blk.{shape.n_layer}.nextn.eh_proj.weight": matrix(n, 2 * n),
    }
    for name, dims in _blocks(shape):
        tensors[name] = matrix(*dims)
    return _write(path, shape, vocab, tensors, without=f"blk.{shape.n_layer}." if without_tensors else None)


def write_mtp_table(
    path: Path,
    logits: npt.NDArray[np.float32],
    guesses: npt.NDArray[np.float32],
    vocab: SpmVocab,
    *,
    reads: Literal["token", "state"],
    n_ctx_train: int = 512,
) -> Path:
    """Write a model whose logits after token t are row t of a matrix, and whose MTP layer has a matrix of its own.

    `reads="token"`: the guess has row t of `guesses` for the token t that comes last. `reads="state"`: for the token
    whose hidden state comes last, which is the one before.
    """
    n = len(vocab)
    shape = MtpShape(n_embd=n, n_layer=2, n_head=1, n_head_kv=1, n_embd_head=32, n_ff=32, n_ctx_train=n_ctx_train)
    one, nothing = np.eye(n, dtype=np.float16), np.zeros((n, n), np.float16)
    parts = [one, nothing] if reads == "token" else [nothing, one]
    nextn = f"blk.{shape.n_layer}.nextn."
    tensors: dict[str, npt.NDArray[np.generic]] = {
        "token_embd.weight": (one * np.sqrt(n)).astype(np.float16),
        "output.weight": (logits.T / np.sqrt(n)).astype(np.float32),
        nextn + "eh_proj.weight": np.concatenate(parts, axis=1),
        nextn + "shared_head_head.weight": (guesses.T / np.sqrt(n)).astype(np.float32),
    }
    for name, dims in _blocks(shape):
        tensors[name] = np.zeros(dims, np.float32)
    return _write(path, shape, vocab, tensors)


def _blocks(shape: MtpShape) -> list[tuple[str, tuple[int, ...]]]:
    """The matrices of the layers, with their dimensions [out, in]."""
    n, n_ff, n_query, n_kv = (
        shape.n_embd,
        shape.n_ff,
        shape.n_head * shape.n_embd_head,
        shape.n_head_kv * shape.n_embd_head,
    )
    found: list[tuple[str, tuple[int, ...]]] = []
    for layer in range(shape.n_layer + 1):
        parts: dict[str, tuple[int, ...]] = {
            "attn_q": (n_query, n),
            "attn_k": (n_kv, n),
            "attn_v": (n_kv, n),
            "attn_output": (n, n_query),
        }
        if layer == 0:
            parts |= {"ffn_gate": (n_ff, n), "ffn_up": (n_ff, n), "ffn_down": (n, n_ff)}
        else:
            parts["ffn_gate_inp"] = (shape.n_expert, n)
            for name, dims in (
                ("gate", (shape.n_ff_expert, n)),
                ("up", (shape.n_ff_expert, n)),
                ("down", (n, shape.n_ff_expert)),
            ):
                parts[f"ffn_{name}_exps"] = (shape.n_expert, *dims)
                parts[f"ffn_{name}_shexp"] = dims
        found += [(f"blk.{layer}.{name}.weight", dims) for name, dims in parts.items()]
    return found


def _write(
    path: Path,
    shape: MtpShape,
    vocab: SpmVocab,
    tensors: dict[str, npt.NDArray[np.generic]],
    *,
    without: str | None = None,
) -> Path:
    ones = np.ones(shape.n_embd, np.float32)
    names = ["output_norm", *(f"blk.{shape.n_layer}.nextn.{norm}" for norm in ("enorm", "hnorm", "shared_head_norm"))]
    more: dict[str, npt.NDArray[np.generic]] = {}
    for layer in range(shape.n_layer + 1):
        names += [f"blk.{layer}.attn_norm", f"blk.{layer}.post_attention_norm"]
        if layer:
            more[f"blk.{layer}.exp_probs_b.bias"] = np.zeros(shape.n_expert, np.float32)
    writer = GGUFWriter(path, "glm4moe")
    shape.write(writer, "tiny-mtp", len(vocab))
    vocab.write(writer, chat_template=CHATML)
    every = {**tensors, **more, **{f"{name}.weight": ones for name in names}}
    kept = {name: tensor for name, tensor in every.items() if without is None or not name.startswith(without)}
    return write_tensors(writer, path, kept)
