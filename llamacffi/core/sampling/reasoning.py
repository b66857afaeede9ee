"""How long a model may think."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi, lib
from llamacffi._native.convert import boolean, integer, text
from llamacffi.core.sampling.checks import needed_vocab
from llamacffi.core.sampling.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.vocab import Vocab

__all__ = ["ReasoningBudget"]


@dataclass(frozen=True)
class ReasoningBudget(Stage):
    """End a model's thoughts after `budget` tokens (common_reasoning_budget_init).

    It counts from `start` ("<think>"), or from the beginning when `thinking` says that the prompt has begun them. When
    none of `ends` has come in time, the tokens of `message` and of the first end are the only ones allowed, one after
    the other. A character that is spread over tokens is finished first. Thoughts that begin anew count anew.
    """

    budget: int
    start: str = "<think>"
    ends: Sequence[str] = ("</think>",)
    message: str = ""
    thinking: bool = False
    vocab: Vocab | None = None

    def __post_init__(self) -> None:
        if integer("the reasoning budget", self.budget) < 0:
            refusal = f"the reasoning budget is {self.budget}, but must be 0 or more tokens"
            raise ValueError(refusal)
        for name in ("start", "message"):
            text(name, getattr(self, name))
        boolean("thinking", self.thinking)
        if isinstance(self.ends, (str, bytes)) or not isinstance(self.ends, Iterable):
            refusal = f"ends is {self.ends!r:.80}; pass a tuple of strings"
            raise TypeError(refusal)
        object.__setattr__(self, "ends", tuple(text("one of ends", end) for end in self.ends))
        if not self.start or not self.ends or not all(self.ends):
            refusal = (
                f"start is {self.start!r} and ends are {self.ends!r}; both must be known to limit what is between them"
            )
            raise ValueError(refusal)

    def build(self, vocab: Vocab | None) -> Any:
        vocab = needed_vocab(self.vocab or vocab, self)
        start, ends = _tokens(vocab, self.start), [_tokens(vocab, end) for end in self.ends]
        forced = _tokens(vocab, self.message + self.ends[0])
        return vocab.model.share(
            lib.lcffi_sampler_reasoning,
            vocab.ptr,
            ffi.new("llama_token[]", start),
            len(start),
            ffi.new("llama_token[]", [token for end in ends for token in end]),
            ffi.new("int32_t[]", [len(end) for end in ends]),
            len(ends),
            ffi.new("llama_token[]", forced),
            len(forced),
            min(self.budget, 2**31 - 1),
            self.thinking,
        )

    def begin(self, sampler: Any, vocab: Vocab | None) -> None:
        """Bring a sampler that has been reset, and so waits for the start, to where the prompt ends."""
        if self.thinking:
            for token in _tokens(needed_vocab(self.vocab or vocab, self), self.start):
                lib.llama_sampler_accept(sampler, token)


def _tokens(vocab: Vocab, text: str) -> list[int]:
    return vocab.tokenize(text, add_special=False, parse_special=True)
