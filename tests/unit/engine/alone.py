"""What a request is answered when nobody else is there: the measure for every answer of an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llamacffi import Completion, Model, SamplingParams, Sequence, generate

# With these the batch that a token is decoded in makes no difference to its logits beyond rounding.
EXACT: dict[str, Any] = {
    "type_k": "f32",
    "type_v": "f32",
    "flash_attn_type": "disabled",
    "n_threads": 1,
    "n_threads_batch": 1,
}


class Alone:
    """Answers each request in an empty sequence, and remembers it."""

    def __init__(self, path: Path, n_ctx: int) -> None:
        self.model = Model(path)
        self._sequence = Sequence(self.model.context(n_ctx=n_ctx, **EXACT))
        self._known: dict[tuple[tuple[int, ...], str], Completion] = {}

    def completion(self, prompt: tuple[int, ...], params: SamplingParams) -> Completion:
        key = (prompt, repr(params))
        if key not in self._known:
            self._sequence.rewind(0)
            self._known[key] = generate(self._sequence, prompt, params)
        return self._known[key]

    def check(self, prompt: tuple[int, ...], params: SamplingParams, got: Completion) -> None:
        """The same tokens and text, or, of a request that was cancelled, the beginning of them."""
        whole = self.completion(prompt, params)
        tokens = whole.tokens[: len(got.tokens)] if got.finish_reason == "cancelled" else whole.tokens
        if got.tokens != tokens and self._tie(prompt, got.tokens, tokens):
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

    def _tie(self, prompt: tuple[int, ...], left: tuple[int, ...], right: tuple[int, ...]) -> bool:
        """Whether the first two tokens that differ have one logit, but for rounding, and so may change places."""
        i = next((i for i, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), None)
        if i is None:
            return False
        self._sequence.rewind(0)
        self._sequence.feed([*prompt, *left[:i]])
        logits = self._sequence.logits
        return bool(abs(logits[left[i]] - logits[right[i]]) < 1e-5)
