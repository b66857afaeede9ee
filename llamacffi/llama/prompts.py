"""What a prompt may be, and the tokens that it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi.chat.media import MARKER, split
from llamacffi.core.media import Media
from llamacffi.core.media_tokens import has_media
from llamacffi.errors import ContextOverflow, MediaError
from llamacffi.generation.prompt import has_media_parts, token_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llamacffi.llama.base import LlamaBase

__all__ = ["Prompt", "check_length", "mixed_ids", "prompts", "split_ids", "text_ids"]


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
    """One prompt or a list of them, each a text, token ids, or a list of texts and `Media` in their order.

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
    if not llama.has_own_tokenizer:
        return _bos_once(llama, llama.tokenize(text, special=True))
    return _with_bos(llama, llama.tokenize(text, add_bos=False, special=True))


def split_ids(llama: LlamaBase, text: str, media: Mapping[str, Media]) -> list[int]:
    """The tokens of a text in which markers stand for media. Raises MediaError, TemplateError for a missing one."""
    if not media:
        return text_ids(llama, text)
    parts: list[str | Media] = []
    for start, stop, medium in split(text, media):
        parts += [text[start:stop], *([] if medium is None else [medium])]
    return mixed_ids(llama, parts)


def mixed_ids(llama: LlamaBase, parts: Iterable[Any]) -> list[int]:
    """The tokens of texts and media. Raises MediaError, TypeError for what is neither."""
    given = list(parts)
    wrong = [part for part in given if not isinstance(part, (str, Media))]
    if wrong:
        message = f"a prompt of texts and Media has {wrong[0]!r:.100} in it; give it as a text, or ids alone"
        raise TypeError(message)
    given = [part for part in given if part]
    llama.check_sees()
    projector = llama.model.projector
    if not llama.has_own_tokenizer:
        return _bos_once(llama, projector.prompt(given))
    tokens: list[int] = []
    for part in given:
        if isinstance(part, Media):
            tokens += projector.prompt([part], add_special=False)
        else:
            tokens += llama.tokenize(part, add_bos=False, special=True)
    return _with_bos(llama, tokens)


def _bos_once(llama: LlamaBase, tokens: list[int]) -> list[int]:
    # A rendered template has often written the BOS that the tokenizer puts before it once more.
    bos = llama.vocab.bos
    return tokens[1:] if tokens[:2] == [bos, bos] else tokens


def _with_bos(llama: LlamaBase, tokens: list[int]) -> list[int]:
    vocab = llama.vocab
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
    if has_media_parts(prompt):
        return None
    return list(prompt) if prompt and not isinstance(prompt[0], Integral) else None


def _made(llama: LlamaBase, prompt: Any, suffix: str | None) -> Prompt:
    if isinstance(prompt, (str, bytes, bytearray)):
        text = prompt if isinstance(prompt, str) else bytes(prompt).decode("utf-8", "ignore")
        if suffix:
            return Prompt(_infill(llama, text, suffix), text, llama)
        return Prompt(text_ids(llama, prompt if isinstance(prompt, str) else bytes(prompt)), text, llama)
    if has_media_parts(prompt):
        tokens = mixed_ids(llama, prompt)
        shown = "".join(part if isinstance(part, str) else MARKER for part in prompt)
        one = Prompt(tokens, shown, llama)
    else:
        one = Prompt(token_ids(llama.vocab, prompt), None, llama)
    if suffix and has_media(one.tokens):
        message = "suffix is for a gap in a text; this prompt has pictures or sound in it"
        raise MediaError(message)
    return Prompt(_infill(llama, one.text, suffix), one.text, llama) if suffix else one


def _infill(llama: LlamaBase, text: str, suffix: str) -> list[int]:
    from llamacffi.generation.infill import infill_prompt

    return infill_prompt(llama.vocab, text, suffix, order="spm" if llama.spm_infill else "psm")
