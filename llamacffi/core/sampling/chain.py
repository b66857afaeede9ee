"""Stages in a row, run in C."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from llamacffi._native import Handle, check_ptr, lib
from llamacffi.errors import ContextError

if TYPE_CHECKING:
    from llamacffi.core.context import Context
    from llamacffi.core.sampling.stages import Stage
    from llamacffi.core.vocab import Vocab

__all__ = ["SamplerChain"]


class SamplerChain(Handle):
    """Stages that turn a row of logits into a token, in the order given (llama_sampler_chain_init).

    The last stage selects the token. `vocab` is needed by some stages, which say so; the chain then closes with the
    model that the vocabulary belongs to.

    Raises ValueError when no stage selects, or when one that does is not the last.
    """

    def __init__(self, *stages: Stage, vocab: Vocab | None = None) -> None:
        _check_order(stages)
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        self._own(chain, stages, vocab)
        try:
            for stage in stages:
                # The chain frees the sampler from here on.
                lib.llama_sampler_chain_add(self.ptr, check_ptr(stage.build(vocab), f"{stage} was refused"))
        except BaseException:
            self.close()
            raise

    def _own(self, chain: Any, stages: tuple[Stage, ...], vocab: Vocab | None) -> None:
        self._stages = stages
        self._vocab = vocab
        owners = () if vocab is None else (vocab.model,)
        super().__init__(check_ptr(chain, "no sampler chain could be made"), lib.llama_sampler_free, *owners)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What the chain was made of."""
        return self._stages

    @property
    def seed(self) -> int | None:
        """The seed in use, also when it was drawn at random; None when nothing in the chain is random.

        llama_sampler_get_seed; it does not know AdaptiveP's and XTC's, for which the seed that they were given is told.
        """
        seed = self.call(lib.llama_sampler_get_seed)
        if seed != lib.LLAMA_DEFAULT_SEED:
            return seed
        given = (getattr(stage, "seed", None) for stage in reversed(self._stages))
        return next((seed for seed in given if seed is not None), None)

    def sample(self, ctx: Context, i: int = -1) -> int:
        """Choose a token from the logits of the batch's `i`-th token, and accept it.

        Do not call `accept` for the token again. `i` counts as llama_get_logits_ith does: a place in the last batch
        whose output was asked for, or negative from the last output. Raises ContextError when there are no logits.
        """
        return ctx.call(self._sample, i)

    def _sample(self, ctx: Any, i: int) -> int:
        # Samplers that run inside the graph may have chosen already, and then leave no logits behind.
        chosen = lib.llama_get_sampled_token_ith(ctx, i) != lib.LLAMA_TOKEN_NULL
        if not chosen and not lib.llama_get_logits_ith(ctx, i):
            message = f"there are no logits at {i}; decode a batch that asks for an output there first"
            raise ContextError(message)
        return self.call(lib.llama_sampler_sample, ctx, i)

    def accept(self, token: int) -> None:
        """Tell the stages of a token that was not chosen by `sample`: one of the prompt, for penalties, say."""
        self.call(lib.llama_sampler_accept, token)

    def reset(self) -> None:
        """Forget the tokens accepted, and start the random numbers again from the seed."""
        self.call(lib.llama_sampler_reset)

    def clone(self) -> SamplerChain:
        """Make a chain in the same state, random numbers included, which goes its own way from here."""
        copy = SamplerChain.__new__(SamplerChain)
        copy._own(self.call(lib.llama_sampler_clone), self._stages, self._vocab)  # noqa: SLF001 - the same class
        return copy

    def __len__(self) -> int:
        return len(self._stages)

    def __repr__(self) -> str:
        return f"SamplerChain({', '.join(map(repr, self._stages))})"


def _check_order(stages: tuple[Stage, ...]) -> None:
    for stage, following in itertools.pairwise(stages):
        if stage.selects:
            # The stages after it would move the tokens under the choice.
            message = f"{stage} selects the token and so must come last, but {following} follows it"
            raise ValueError(message)
    if not stages or not stages[-1].selects:
        message = (
            "no stage selects a token; end the chain with Dist(), Greedy(), Mirostat(), MirostatV2() or AdaptiveP()"
        )
        raise ValueError(message)
