"""What a prompt may be, and the tokens that it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi.errors import ContextOverflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.llama.base import LlamaBase

__all__ = ["Prompt", "prompts"]


@dataclass(frozen=True)
class Prompt:
    """One prompt: its tokens, and the text that it is, or that the tokens spell."""

    tokens: list[int]
    given: str | None
    llama: LlamaBase

    @cached_property
    def text(self) -> str:
        """The text as it was given, or what the tokens spell without BOS."""
        return self.llama.detokenize(self.tokens).decode("utf-8", "ignore") if self.given is None else self.given

    @property
    def n_unnamed(self) -> int:
        """How many of the first tokens are no part of the text: 1 of a prompt that begins with BOS."""
        return int(self.tokens[0] == self.llama.vocab.bos)


def prompts(llama: LlamaBase, prompt: object, suffix: object = None) -> list[Prompt]:
    """One prompt or a list of them, each a text or token ids.

    With a `suffix` each is what comes before a gap that the model is to fill, and the suffix what comes after.
    Raises TypeError for what is neither, ValueError for an empty prompt, TokenizeError for text that is not UTF-8 and
    for a suffix when the model has no tokens for it, ContextOverflow for a prompt that leaves no room for an answer.
    """
    if suffix is not None and not isinstance(suffix, str):
        message = f"suffix is {suffix!r}, but must be a text or None"
        raise TypeError(message)
    several = _several(prompt)
    made = [_made(llama, one, suffix) for one in ([prompt] if several is None else several)]
    for i, one in enumerate(made):
        which = "the prompt" if several is None else f"prompt {i}"
        if not one.tokens:
            message = f"{which} is empty; a model needs at least one token to continue"
            raise ValueError(message)
        check_length(llama, one.tokens, which)
    return made


def check_length(llama: LlamaBase, tokens: Sequence[int], which: str = "the prompt") -> None:
    """Raise ContextOverflow for a prompt that leaves no room for an answer."""
    n_ctx = llama.n_ctx_slot
    if len(tokens) >= n_ctx:
        option = "n_ctx" if n_ctx == llama.n_ctx() else "n_ctx_slot"
        message = (
            f"{which} has {len(tokens)} tokens, which exceed the context window of {n_ctx} with one token of "
            f"an answer; make the Llama with a larger {option}, or shorten the prompt"
        )
        raise ContextOverflow(message)


def text_ids(llama: LlamaBase, text: str | bytes) -> list[int]:
    """The tokens of a prompt's text: with BOS where the model wants it, never twice, and control tokens as such."""
    vocab = llama.vocab
    if not llama.has_own_tokenizer:
        tokens = llama.tokenize(text, special=True)
        # A rendered template has often written the BOS that the tokenizer puts before it once more.
        return tokens[1:] if tokens[:2] == [vocab.bos, vocab.bos] else tokens
    tokens = llama.tokenize(text, add_bos=False, special=True)
    wants = vocab.add_bos and vocab.bos is not None and tokens[:1] != [vocab.bos]
    return [vocab.bos, *tokens] if wants and vocab.bos is not None else tokens


def _several(prompt: object) -> list[Any] | None:
    """The prompts in a list of prompts; None for a single one."""
    if isinstance(prompt, (str, bytes, bytearray)):
        return None
    if isinstance(prompt, np.ndarray):
        return None if prompt.ndim == 1 else list(prompt)
    if not isinstance(prompt, (list, tuple)):
        message = f"the prompt is {prompt!r}, but must be a text, token ids, or a list of such"
        raise TypeError(message)
    return list(prompt) if prompt and not isinstance(prompt[0], Integral) else None


def _made(llama: LlamaBase, prompt: Any, suffix: str | None) -> Prompt:
    from llamacffi.generation.prompt import token_ids

    if isinstance(prompt, (str, bytes, bytearray)):
        text = prompt if isinstance(prompt, str) else bytes(prompt).decode("utf-8", "ignore")
        if suffix:
            return Prompt(_infill(llama, text, suffix), text, llama)
        return Prompt(text_ids(llama, prompt if isinstance(prompt, str) else bytes(prompt)), text, llama)
    one = Prompt(token_ids(llama.vocab, prompt), None, llama)
    return Prompt(_infill(llama, one.text, suffix), one.text, llama) if suffix else one


def _infill(llama: LlamaBase, text: str, suffix: str) -> list[int]:
    from llamacffi.generation.infill import infill_prompt

    return infill_prompt(llama.vocab, text, suffix, order="spm" if llama.spm_infill else "psm")
