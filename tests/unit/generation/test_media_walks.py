"""Sequences with pictures that go back and forth: what they hold is what a fresh one computes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from llamacffi import Batch, Context, SamplingParams, Sequence, generate
from llamacffi.core.checkpoint import Checkpoint
from llamacffi.core.media_tokens import n_positions, row_of, whole_media
from llamacffi.core.state import State
from llamacffi.errors import MediaError, StateError
from tests.capabilities import needs
from tests.media import KINDS, Seer, picture, seer

pytestmark = needs("mtmd's parts")


@pytest.fixture(scope="module", params=KINDS)
def eyes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seer]:
    with seer(request.param, tmp_path_factory.mktemp("seer")) as found:
        yield found


class Fresh:
    """What an empty sequence computes; remembered."""

    def __init__(self, context: Context) -> None:
        self._sequence = Sequence(context, n_checkpoints=0)
        self._known: dict[tuple[int, ...], Any] = {}

    def check(self, tokens: list[int], logits: Any) -> None:
        key = tuple(tokens)
        if key not in self._known:
            self._sequence.rewind(0)
            self._sequence.feed(tokens)
            self._known[key] = self._sequence.logits
        np.testing.assert_allclose(logits, self._known[key], atol=5e-3)  # what is wrong is so by more than 0.1


def prompts(eyes: Seer, random: np.random.RandomState) -> Iterator[list[int]]:
    """Prompts that begin alike now and then."""
    media = [picture(i, height, width) for i, (height, width) in enumerate([(40, 56), (33, 90), (20, 20)])]
    parts: list[Any] = []
    while True:
        parts = parts[: random.randint(len(parts) + 1)]
        for _ in range(random.randint(1, 4)):
            parts.append(media[random.randint(3)] if random.randint(2) else "abcdef"[: random.randint(1, 6)])
        tokens: list[int] = eyes.projector.prompt([*parts, "so"])
        if len(tokens) < 180:
            yield tokens
        else:
            parts = []


@pytest.mark.parametrize("seed", [0, 1])
def test_whatever_is_done_it_holds_what_it_says(eyes: Seer, seed: int) -> None:
    random = np.random.RandomState(seed)
    options = {"n_ctx": 1024, "n_ubatch": 32, "n_batch": 64, "n_seq_max": 4, "kv_unified": True}
    with eyes.context(**options) as context, eyes.context(n_batch=64, n_ubatch=32) as other:
        fresh, sequence = Fresh(other), Sequence(context)
        kept: list[State | Checkpoint] = []
        for tokens, _ in zip(prompts(eyes, random), range(40), strict=False):
            choice = random.randint(5)
            if choice == 0 and kept:
                back = kept[random.randint(len(kept))]
                try:
                    sequence.restore(back)
                    assert sequence.tokens == list(back.tokens)
                except StateError:
                    assert isinstance(back, Checkpoint)
                    assert not back.valid
            elif choice == 1:
                sequence.rewind(random.randint(len(sequence) + 1))
            elif choice == 2:
                forked = sequence.fork()
                sequence.close()
                sequence, kept = forked, [one for one in kept if isinstance(one, State)]
            n = sequence.align(tokens)
            assert sequence.tokens == tokens[:n]
            assert n == 0 or tokens[n - 1] >= 0 or row_of(tokens[n - 1]).row == row_of(tokens[n - 1]).n_tokens - 1
            if n == len(tokens):
                sequence.rewind(n - 1)
            middle = len(sequence) + random.randint(len(tokens) - len(sequence))
            if tokens[middle] < 0:
                middle -= row_of(tokens[middle]).row
            if len(sequence) < middle:
                sequence.feed(tokens[len(sequence) : middle])
                kept.append(sequence.checkpoint() if random.randint(2) else sequence.snapshot())
            sequence.feed(tokens[len(sequence) :])
            fresh.check(tokens, sequence.logits)
            if tokens[-1] >= 0:
                assert context.memory.pos_max(sequence.seq_id) + 1 == n_positions(tokens)


def test_a_window_that_has_passed_a_picture(eyes: Seer) -> None:
    options = {"n_ctx": 1024, "n_ubatch": 32, "n_batch": 32}
    parts: list[Any] = ["Look: ", picture(1), "x" * 300, picture(2), "y" * 60]
    first, second = (eyes.projector.prompt([*parts, end]) for end in ("what?", "who?"))
    n = next(i for i, (one, other) in enumerate(zip(first, second, strict=True)) if one != other)
    with eyes.context(**options) as context, eyes.context(**options) as other:
        fresh, sequence = Fresh(other), Sequence(context)
        sequence.feed(first[:n])
        for tokens in (first, second, first[: len(first) // 2] + second[n - 2 :]):
            kept = sequence.align(tokens)
            assert kept > 0 or eyes.forgets
            sequence.feed(tokens[kept:])
            fresh.check(tokens, sequence.logits)


@pytest.mark.parametrize("seed", range(4))
def test_sequences_beside_each_other(eyes: Seer, seed: int) -> None:
    random = np.random.RandomState(seed)
    media = [eyes.projector.prompt([picture(i, 33, 60)], add_special=False) for i in range(3)]
    whole = {token: token for prompt in media for token in prompt}  # with what a sequence does not keep
    options = {"n_ctx": 1024, "n_ubatch": 12, "n_batch": 24}
    with eyes.context(n_seq_max=4, kv_unified=True, **options) as context, eyes.context(**options) as other:
        fresh, sequences = Fresh(other), [Sequence(context, i, n_checkpoints=0) for i in range(4)]
        for _ in range(40):
            i, j = random.randint(4, size=2)
            if i != j and random.randint(2):
                sequences[j].close()
                sequences[j] = Sequence(context, j, n_checkpoints=0) if random.randint(2) else sequences[i].fork(j)
            sequence = sequences[i]
            if len(sequence) > 120:
                sequence.rewind(0)
            tokens = media[random.randint(3)] if random.randint(2) else []
            sequence.feed([*tokens, *random.randint(260, 500, random.randint(1, 30)).tolist()])
            fresh.check([whole.get(token, token) for token in sequence.tokens], sequence.logits)


def test_interrupted_after_each_part(eyes: Seer, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt = eyes.projector.prompt(["Look: ", picture(1), " and ", picture(2, 33, 90), " what?"])
    with eyes.context(n_batch=9, n_ubatch=9) as context, eyes.context() as other:
        fresh, decode = Fresh(other), context.decode
        for n_before in range(30):
            sequence, left = Sequence(context), n_before

            def interrupted(batch: Batch) -> None:
                nonlocal left
                decode(batch)
                left -= 1
                if left == -1:
                    raise KeyboardInterrupt

            monkeypatch.setattr(context, "decode", interrupted)
            try:
                sequence.feed(prompt)
            except KeyboardInterrupt:
                n = len(sequence)
                assert sequence.tokens == prompt[:n]
                assert whole_media(prompt, n) == n
            monkeypatch.undo()
            sequence.feed(prompt[len(sequence) :])
            fresh.check(prompt, sequence.logits)
            sequence.close()


def test_what_it_holds_can_be_gone_on_with(eyes: Seer) -> None:
    prompt = eyes.projector.prompt(["ab ", picture(1), " what"])
    params = SamplingParams(temperature=0, max_tokens=5, ignore_eos=True)
    with eyes.context() as context, eyes.context() as other:
        sequence = Sequence(context)
        first = generate(sequence, prompt, params)
        more = [*sequence.tokens, 300, 301]  # the numbers of its picture, and not the picture
        whole = [*prompt, *first.tokens[:-1], 300, 301]
        assert generate(sequence, more, params).text == generate(Sequence(other), whole, params).text
        empty = Sequence(context)
        with pytest.raises(MediaError, match="not at hand"):
            generate(empty, more, params)
        assert len(empty) == 0
