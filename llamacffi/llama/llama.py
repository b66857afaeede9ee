"""A model behind one object, in the shape that people already know."""

from __future__ import annotations

from llamacffi.llama.base import LlamaBase
from llamacffi.llama.chat import Chats
from llamacffi.llama.completion import Completions
from llamacffi.llama.embeddings import Embeddings
from llamacffi.llama.inner import Inner
from llamacffi.llama.pretrained import Pretrained
from llamacffi.llama.scoring import Scoring
from llamacffi.llama.tokenizers import Tokenizers

__all__ = ["Llama"]


class Llama(Completions, Chats, Embeddings, Scoring, Inner, Tokenizers, Pretrained, LlamaBase):
    """A model that completes, chats and embeds: `Llama("model.gguf")`, or by name: `Llama("smollm2-135m-instruct")`.

    Arguments, methods and what they return are those of `llama_cpp.Llama`, and more of each. Calls from several threads
    run at once. What differs on purpose is in docs/migrating.md.
    """
