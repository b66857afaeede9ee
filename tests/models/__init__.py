"""Tiny GGUF models, fabricated while the tests run, whose every answer is known beforehand.

Each writer takes a path and returns it; the same arguments give the same bytes on every machine and NumPy.

`write_llama`      random weights in the llama architecture; `reference.llama_logits` computes it independently
`write_bigram`     logits after a token are exactly the row of a matrix that the test chose
`write_scripted`   emits a given text exactly, then ends
`write_bert`       an encoder, perhaps with a classification head; `reference.bert_hidden`, `bert_scores`
`write_t5`         an encoder with a decoder; `reference.t5_encoded`, `t5_logits`
`write_mamba`      a state instead of a cache; `reference.mamba_logits`
`write_cohere2`    a sliding window in three layers of four; `reference.cohere2_logits`
`write_lfm2`       a hybrid: a state in some layers, a cache in others; `reference.lfm2_logits`
`minilm.minilm`    no fabrication: all-MiniLM-L6-v2, downloaded and converted
`write_eagle3`     a draft for `write_llama`'s model; `write_eagle3_table` one whose guesses are rows of a matrix
`write_mtp`        a model with a layer that guesses the token after the next; `write_mtp_table` likewise
`write_color_projector`  sees one colour, as the embedding of a token; `write_random_projector`, `write_audio_projector`
`write_qwen2vl`    M-RoPE, with `write_qwen2vl_projector`: a picture takes fewer positions than cells
`write_gemma3`     `write_gemma3_projector`'s embeddings see each other; perhaps with a sliding window
`write_lora`       an adapter for one of these; `lora.merged` is the weights that it amounts to
`write_cvec`       a control vector; `reference.llama_logits` adds its directions

An architecture more is a module more: a shape dataclass, its tensors, a writer, and its forward pass in `reference`.
"""

from __future__ import annotations

from tests.models.bert import BertShape, WpmVocab, wpm_vocab, write_bert
from tests.models.bigram import BigramModel, random_logits, write_bigram
from tests.models.cohere2 import Cohere2Shape, write_cohere2
from tests.models.cvec import control_directions, write_cvec
from tests.models.eagle3 import Eagle3Shape, write_eagle3, write_eagle3_table
from tests.models.gemma3 import write_gemma3
from tests.models.lfm2 import Lfm2Shape, write_lfm2
from tests.models.llama import LlamaShape, write_llama
from tests.models.lora import bigram_pairs, lora_pairs, write_lora
from tests.models.mamba import MambaShape, write_mamba
from tests.models.mmproj import (
    write_audio_projector,
    write_color_projector,
    write_gemma3_projector,
    write_qwen2vl_projector,
    write_random_projector,
)
from tests.models.mtp import MtpShape, write_mtp, write_mtp_table
from tests.models.qwen2vl import write_qwen2vl
from tests.models.scripted import Script, ScriptedModel, write_scripted
from tests.models.t5 import T5Shape, UgmVocab, ugm_vocab, write_t5
from tests.models.vocab import CHATML, SpmVocab, spm_vocab

__all__ = [
    "CHATML",
    "BertShape",
    "BigramModel",
    "Cohere2Shape",
    "Eagle3Shape",
    "Lfm2Shape",
    "LlamaShape",
    "MambaShape",
    "MtpShape",
    "Script",
    "ScriptedModel",
    "SpmVocab",
    "T5Shape",
    "UgmVocab",
    "WpmVocab",
    "bigram_pairs",
    "control_directions",
    "lora_pairs",
    "random_logits",
    "spm_vocab",
    "ugm_vocab",
    "wpm_vocab",
    "write_audio_projector",
    "write_bert",
    "write_bigram",
    "write_cohere2",
    "write_color_projector",
    "write_cvec",
    "write_eagle3",
    "write_eagle3_table",
    "write_gemma3",
    "write_gemma3_projector",
    "write_lfm2",
    "write_llama",
    "write_lora",
    "write_mamba",
    "write_mtp",
    "write_mtp_table",
    "write_qwen2vl",
    "write_qwen2vl_projector",
    "write_random_projector",
    "write_scripted",
    "write_t5",
]
