"""Tiny GGUF models, fabricated while the tests run, whose every answer is known beforehand.

Each writer takes a path and returns it; the same arguments give the same bytes on every machine and NumPy.

`write_llama`      random weights in the llama architecture; `reference.llama_logits` computes it independently
`write_bigram`     logits after a token are exactly the row of a matrix that the test chose
`write_scripted`   emits a given text exactly, then ends

An architecture more is a module more: a shape dataclass, its tensors, a writer, and its forward pass in `reference`.
"""

from __future__ import annotations

from tests.models.bigram import BigramModel, random_logits, write_bigram
from tests.models.llama import LlamaShape, write_llama
from tests.models.scripted import Script, ScriptedModel, write_scripted
from tests.models.vocab import CHATML, SpmVocab, spm_vocab

__all__ = [
    "CHATML",
    "BigramModel",
    "LlamaShape",
    "Script",
    "ScriptedModel",
    "SpmVocab",
    "random_logits",
    "spm_vocab",
    "write_bigram",
    "write_llama",
    "write_scripted",
]
