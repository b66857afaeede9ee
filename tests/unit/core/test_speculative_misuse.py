"""Drafts that cannot be are refused before llama.cpp sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from tests.capabilities import needs
from tests.models import (
    spm_vocab,
    write_eagle3,
    write_llama,
    write_mtp,
)
from tests.process import run_python

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs("drafts from hidden states")


MISUSE = """
import json, sys
from llamacffi import Batch, Model
from llamacffi.core.speculative import DraftStart, NativeDraft

def tried(name, function):
    try:
        function()
        said[name] = "nothing"
    except Exception as error:
        said[name] = f"{type(error).__name__}: {error}"

files, said = json.loads(sys.argv[1]), {}
llama = Model(files["llama"])
context = llama.context(n_ctx=256)
tried("a plain model", lambda: NativeDraft(context, llama))
tried("no draft", lambda: NativeDraft(context))
for name in files:
    if not name.startswith("of "):
        continue
    draft = Model(files[name])
    tried(name, lambda: NativeDraft(context, draft))
draft = Model(files["eagle3"])
tried("not loaded", lambda: NativeDraft(Model(files["mtp"]).context(n_ctx=256)))
tried("without its tensors", lambda: NativeDraft(Model(files["trunk"], load_mtp=True).context(n_ctx=256)))
tried("pooled", lambda: NativeDraft(llama.context(n_ctx=256, embeddings=True, pooling_type="mean"), draft))
tried("long drafts", lambda: NativeDraft(context, draft, n_max=10**6))
tried("too many sequences", lambda: NativeDraft(context, draft, n_seq_max=1000))
tried("other sequences", lambda: NativeDraft(context, draft, n_seq_max=2, kv_unified=True))
tried("short batches", lambda: NativeDraft(context, draft, n_batch=8))
other = Model(files["cohere2"])
target = other.context(n_ctx=256)
batch = Batch(8)
batch.extend([1, 5, 6])
target.decode(batch)
before = target.logits().tolist()
tried("no layer inputs", lambda: NativeDraft(target, draft))
target.memory.clear()
target.decode(batch)
said["the target afterwards"] = str(target.logits().tolist() == before)
native = NativeDraft(context, draft)
context.decode(batch)
native.process(batch)
context.close()
tried("a closed target", lambda: native.draft([DraftStart(0, 3, 7, 3)]))
context = llama.context(n_ctx=256)
native = NativeDraft(context, draft)
draft.close()
context.decode(batch)
tried("a closed draft", lambda: native.process(batch))
print(json.dumps(said))
"""


def test_misuse_is_an_exception_and_never_the_end(tmp_path: Path) -> None:
    from tests.models import Eagle3Shape, SpmVocab, write_cohere2

    far, vocab = np.array([5, 511, 512]), spm_vocab(512)
    padded = SpmVocab((*vocab.tokens, "<pad>"), (*vocab.scores, -1e4), (*vocab.types, vocab.types[-1]))
    files = {
        "llama": write_llama(tmp_path / "llama.gguf"),
        "eagle3": write_eagle3(tmp_path / "eagle3.gguf"),
        "mtp": write_mtp(tmp_path / "mtp.gguf"),
        "trunk": write_mtp(tmp_path / "trunk.gguf", without_tensors=True),
        "cohere2": write_cohere2(tmp_path / "cohere2.gguf"),
        "of a token too many": write_eagle3(tmp_path / "d2t.gguf", d2t=far),
        "of fewer embeddings": write_eagle3(tmp_path / "embeddings.gguf", n_embeddings=400),
        "of more padding": write_eagle3(tmp_path / "padding.gguf", vocab=padded),
        "of another vocabulary": write_eagle3(tmp_path / "vocab.gguf", vocab=spm_vocab(800)),
        "of other tokens": write_eagle3(tmp_path / "tokens.gguf", vocab=spm_vocab(512, extra=("other",))),
        "of another width": write_eagle3(tmp_path / "width.gguf", shape=Eagle3Shape(n_embd_target=32)),
        "of a layer more": write_eagle3(tmp_path / "layer.gguf", shape=Eagle3Shape(target_layers=(1, 2, 5))),
    }
    result = run_python(MISUSE, json.dumps({name: str(path) for name, path in files.items()}))
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    expected = {
        "a plain model": "ContextError: llama ?B all F32 has no MTP layers",
        "no draft": "ContextError: llama ?B all F32 has no MTP layers",
        "of a token too many": "guesses tokens from 5 to 512 (d2t), of 512",
        "of fewer embeddings": "has embeddings of 400 tokens, and 512 tokens",
        "of more padding": "the draft has 513 tokens, more than the target",
        "of another vocabulary": "the draft's vocabulary has 800 tokens, the target's 512",
        "of other tokens": "in the draft's vocabulary and",
        "of another width": "a target with n_embd=32, not 64",
        "of a layer more": "the input of layer 5 of a target that has 4",
        "not loaded": "load it with load_mtp=True",
        "without its tensors": "ContextError: no context to draft with glm4moe",
        "pooled": "ContextError",
        "long drafts": "n_max is 1000000; it must be at least 1",
        "too many sequences": "n_seq_max must be <= 256",
        "other sequences": "must have the target's n_seq_max",
        "short batches": "at least its n_batch",
        "no layer inputs": "does not put out the inputs of the layers of the target's architecture, 'cohere2'",
        "the target afterwards": "True",
        "a closed target": "ClosedError",
        "a closed draft": "ClosedError",
    }
    assert said.keys() == expected.keys()
    assert {name: said[name] for name, part in expected.items() if part not in said[name]} == {}
