"""Where a generation begins."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from llamacffi._native.convert import instance
from llamacffi.generation.answer import Answer
from llamacffi.generation.healing import heal
from llamacffi.generation.overflow import ContextShift
from llamacffi.generation.params import SamplingParams
from llamacffi.generation.prompt import align_prompt, prompt_ids, read_source
from llamacffi.generation.sequence import Sequence

if TYPE_CHECKING:
    from llamacffi.core.sampling import Healing, SamplerChain
    from llamacffi.generation.prompt import Prompt

__all__ = ["Start", "check_params", "check_sequence"]


@dataclass(frozen=True, slots=True)
class Start:
    """A prompt, compared with what its sequence holds, which has kept what they begin with alike."""

    sequence: Sequence
    params: SamplingParams
    tokens: list[int]
    n_cached: int
    """How many of the tokens the sequence holds."""
    source: tuple[int, int]
    """How many tokens an encoder reads, and had read before."""
    healing: Healing | None
    shift: ContextShift | None
    changes: int
    """The sequence's; when it has others, somebody else changed it since."""
    time: float

    @classmethod
    def of(cls, sequence: Sequence, prompt: Prompt, params: SamplingParams) -> Start:
        """Raises what `stream_generate` raises before it yields."""
        time = perf_counter()
        check_sequence(sequence)
        check_params(params)
        vocab = sequence.context.model.vocab
        tokens = prompt_ids(vocab, prompt)
        with sequence.context.exclusive():
            tokens, source = read_source(sequence, tokens, params)
            tokens, healing = heal(vocab, tokens) if params.token_healing else (tokens, None)
            n_cached = align_prompt(sequence, tokens)
            shift = ContextShift(sequence, tokens, params.n_keep) if params.overflow == "shift" else None
            return cls(sequence, params, tokens, n_cached, source, healing, shift, sequence.changes, time)

    def chain(self, seed: int) -> SamplerChain:
        """A chain that has seen of the prompt what it needs to."""
        params, tokens = self.params, self.tokens
        chain = params.chain(self.sequence.context.model.vocab, seed, healing=self.healing)
        params.accept_prompt(chain, tokens)
        return chain

    def answer(self, seed: int) -> Answer:
        """An answer, of which there is nothing yet."""
        return Answer(
            self.sequence.context.model.vocab,
            self.params,
            self.tokens,
            n_cached=self.n_cached,
            seed=seed,
            start=self.time,
            healing=self.healing,
            source=self.source,
        )


def check_params(params: object) -> SamplingParams:
    """Return options. Raises TypeError for what is none."""
    if not isinstance(params, SamplingParams):
        message = f"params is {params!r}, but must be a SamplingParams"
        raise TypeError(message)
    return params


def check_sequence(sequence: object) -> Sequence:
    """Return what tokens are made in. Raises TypeError for what is none, as a context or a model."""
    return instance("sequence", sequence, Sequence, "a Sequence, as Sequence(context) is")
