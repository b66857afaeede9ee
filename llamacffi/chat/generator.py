"""What a session needs of whatever generates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from llamacffi.generation import stream_generate

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from llamacffi.core.vocab import Vocab
    from llamacffi.generation import Chunk, SamplingParams
    from llamacffi.generation import Sequence as TokenSequence

__all__ = ["Generator", "SequenceGenerator"]


@runtime_checkable
class Generator(Protocol):
    """Continues prompts of tokens. What it keeps between two of them, the common prefix say, is its own business."""

    @property
    def vocab(self) -> Vocab:
        """The tokens that it takes and gives."""

    @property
    def n_ctx(self) -> int:
        """How many tokens a prompt and its continuation may have together."""

    def stream(self, prompt: Sequence[int], params: SamplingParams) -> Iterator[Chunk]:
        """Yield the continuation as it grows; the last chunk has `finish`."""


@dataclass(frozen=True)
class SequenceGenerator:
    """A `Sequence` of one context: each prompt costs what is new in it."""

    sequence: TokenSequence

    @property
    def vocab(self) -> Vocab:
        """The model's."""
        return self.sequence.context.model.vocab

    @property
    def n_ctx(self) -> int:
        """The context's room for one sequence."""
        return self.sequence.context.n_ctx_seq

    def stream(self, prompt: Sequence[int], params: SamplingParams) -> Iterator[Chunk]:
        """`stream_generate` on the sequence."""
        return stream_generate(self.sequence, prompt, params)

    def fork(self) -> SequenceGenerator:
        """One of the same tokens under another id, as `Sequence.fork` makes it."""
        return SequenceGenerator(self.sequence.fork())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tokens and the memory to a file."""
        self.sequence.save(path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Hold what `save` wrote."""
        self.sequence.load(path)
