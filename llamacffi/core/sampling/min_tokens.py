"""How much a model must say before it may end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi, lib
from llamacffi.core.sampling.checks import check_int32, needed_vocab
from llamacffi.core.sampling.forbidden import eog_tokens
from llamacffi.core.sampling.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.vocab import Vocab

__all__ = ["MinTokens"]


@dataclass(frozen=True)
class MinTokens(Stage):
    """Forbid the tokens that end a generation, and `others`, until `n` tokens were accepted; needs the vocabulary.

    What was accepted with `grammar=False`, a prompt, does not count.
    """

    n: int
    others: Sequence[int] = ()

    def __post_init__(self) -> None:
        check_int32("n", self.n)
        object.__setattr__(self, "others", tuple(self.others))

    def build(self, vocab: Vocab | None) -> Any:
        ends = (*eog_tokens(needed_vocab(vocab, self)), *self.others)
        return lib.lcffi_sampler_min_tokens(ffi.new("llama_token[]", ends), len(ends), self.n)
