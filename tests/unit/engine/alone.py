"""What a request is answered when nobody else is there: the measure for every answer of an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Adapter, Completion, ControlVector, Model, SamplingParams, Sequence, generate
from tests.models.samplers import uniforms

# With these the batch that a token is decoded in makes no difference to its logits beyond rounding.
EXACT: dict[str, Any] = {
    "type_k": "f32",
    "type_v": "f32",
    "flash_attn_type": "disabled",
    "n_threads": 1,
    "n_threads_batch": 1,
}


Changes = tuple[tuple[tuple[Adapter, float], ...], ControlVector | None]
"""Adapters with their scales, and a control vector."""
NO_CHANGES: Changes = ((), None)


class Alone:
    """Answers each request in an empty sequence, and remembers it."""

    def __init__(self, path: Path, n_ctx: int) -> None:
        self.model = Model(path)
        self._sequence = Sequence(self.model.context(n_ctx=n_ctx, **EXACT))
        memory = self._sequence.context.memory
        self.shifts = memory.can_shift and not (self.model.is_recurrent or self.model.is_hybrid)
        self._known: dict[object, Completion] = {}

    def completion(self, prompt: tuple[int, ...], params: SamplingParams, changes: Changes = NO_CHANGES) -> Completion:
        key = (prompt, repr(params), changes)
        if key not in self._known:
            self._change(changes)
            self._known[key] = generate(self._sequence, prompt, params)
        return self._known[key]

    def _change(self, changes: Changes) -> None:
        self._sequence.rewind(0)
        self._sequence.context.set_adapters(dict(changes[0]))
        self._sequence.context.set_control_vector(changes[1])

    def check(
        self, prompt: tuple[int, ...], params: SamplingParams, got: Completion, changes: Changes = NO_CHANGES
    ) -> None:
        """The same tokens and text, or, of a request that was cancelled, the beginning of them."""
        whole = self.completion(prompt, params, changes)
        tokens = whole.tokens[: len(got.tokens)] if got.finish_reason == "cancelled" else whole.tokens
        if got.tokens != tokens and self._tie(prompt, params, got.tokens, tokens, changes):
            return
        assert got.tokens == tokens
        if got.finish_reason == "cancelled":
            return
        assert got.text == whole.text
        assert got.finish_reason == whole.finish_reason
        assert got.usage.prompt_tokens == whole.usage.prompt_tokens
        assert [told.logprob for told in got.logprobs] == pytest.approx(
            [told.logprob for told in whole.logprobs], abs=1e-4
        )

    def _tie(
        self,
        prompt: tuple[int, ...],
        params: SamplingParams,
        left: tuple[int, ...],
        right: tuple[int, ...],
        changes: Changes,
    ) -> bool:
        """Whether rounding decides between the first two tokens that differ.

        They have one logit, and so may change places, or the random number falls on the border of two tokens.
        """
        i = next((i for i, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), None)
        if i is None:
            return False
        if len(prompt) + i > self._sequence.context.n_ctx_seq:
            return False
        self._change(changes)
        self._sequence.feed([*prompt, *left[:i]])
        logits = self._sequence.logits
        with params.chain(self.model.vocab) as chain:
            borders = np.cumsum(chain.apply(logits).p, dtype=np.float64)
        assert params.seed is not None
        drawn = uniforms(params.seed, i + 1)[i]
        return bool(abs(logits[left[i]] - logits[right[i]]) < 1e-5 or np.abs(borders - drawn).min() < 1e-5)
