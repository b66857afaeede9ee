"""Sequences of models that forget: rewound, forked, saved, cut short, they go on as a fresh one does."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import (
    Context,
    ContextError,
    DecodeAborted,
    Greedy,
    Model,
    PythonSampler,
    SamplerChain,
    SamplingParams,
    Sequence,
    State,
    StateError,
    generate,
)
from llamacffi._native import Interrupt
from llamacffi.core.sampling import Rows
from tests.models import write_cohere2, write_lfm2, write_mamba
from tests.models.exact import EXACT
from tests.models.reference import (
    Weights,
    cohere2_logits,
    lfm2_logits,
    llama_logits,
    mamba_logits,
    read_weights,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from llamacffi.core.batch import Batch

LOGITS = {"llama": llama_logits, "cohere2": cohere2_logits, "mamba": mamba_logits, "lfm2": lfm2_logits}
WRITERS: dict[str, Callable[[Path], Path]] = {"cohere2": write_cohere2, "mamba": write_mamba, "lfm2": write_lfm2}
FORGETFUL = list(WRITERS)
KINDS = ["llama", *FORGETFUL]
PROMPT = [1, *(3 + i * 37 % 500 for i in range(39))]
DETOUR = [7 + i * 53 % 490 for i in range(400)]
"""Long enough to push the first window out of the sliding cache, which has 256 places."""
ONWARD = [33, 260, 5, 99, 410]


class Known:
    """A model and what it should compute."""

    def __init__(self, kind: str, path: Path) -> None:
        self.kind = kind
        self.model = Model(path)
        self.weights: Weights = read_weights(path)
        self.detour = DETOUR if kind == "cohere2" else DETOUR[:60]

    def context(self, **options: Any) -> Context:
        defaults = {"n_ctx": 1024, "n_batch": 64, "n_ubatch": 16, "n_seq_max": 2, "n_threads": 1, "swa_full": False}
        return self.model.context(**{**defaults, **EXACT, **options})

    def check(self, sequence: Sequence) -> None:
        """The next token's logits are those of the reference, and the memory has as many tokens as the sequence."""
        sequence.feed([410])
        assert sequence.context.memory.pos_max(sequence.seq_id) + 1 == len(sequence)
        expected = LOGITS[self.kind](self.weights, sequence.tokens)[-1]
        # A fresh prefill of 440 tokens in float32 is as far as this from float64.
        np.testing.assert_allclose(sequence.logits, expected, atol=3e-4)


@pytest.fixture(scope="module")
def known(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Known]]:
    folder = tmp_path_factory.mktemp("kinds")
    paths = {"llama": tiny_llama, **{kind: write(folder / f"{kind}.gguf") for kind, write in WRITERS.items()}}
    models = {kind: Known(kind, path) for kind, path in paths.items()}
    yield models
    for each in models.values():
        each.model.close()


@pytest.mark.parametrize("kind", FORGETFUL)
@pytest.mark.parametrize(("n_checkpoints", "kept"), [(4, 39), (1, 0), (0, 0)])
def test_align_uses_the_best_checkpoint(known: dict[str, Known], kind: str, n_checkpoints: int, kept: int) -> None:
    with known[kind].context() as context:
        sequence = Sequence(context, n_checkpoints=n_checkpoints)
        sequence.feed(PROMPT)
        sequence.feed(known[kind].detour)
        assert sequence.align([*PROMPT, *ONWARD]) == kept
        assert sequence.tokens == PROMPT[:kept]
        sequence.feed([*PROMPT, *ONWARD][kept:])
        known[kind].check(sequence)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [0, 1, 39, 40, 80, -1, None])
def test_rewind(known: dict[str, Known], kind: str, n: int | None) -> None:
    with known[kind].context() as context:
        sequence = Sequence(context)
        whole = [*PROMPT, *known[kind].detour]
        sequence.feed(PROMPT)
        sequence.feed(known[kind].detour)
        n = len(whole[:n])
        sequence.rewind(n)
        assert sequence.tokens == whole[: len(sequence)]
        # Checkpoints are before the last token of each feed.
        places = [0, 39, len(whole) - 1, len(whole)]
        expected = n if kind == "llama" else max(place for place in places if place <= n)
        assert len(sequence) == expected
        sequence.feed(whole[len(sequence) : n])
        known[kind].check(sequence)


def test_a_window_that_is_still_there_needs_no_checkpoint(known: dict[str, Known]) -> None:
    with known["cohere2"].context() as context:
        sequence = Sequence(context)
        sequence.feed(PROMPT)
        sequence.feed(DETOUR)
        sequence.rewind(250)
        assert len(sequence) == 250
        known["cohere2"].check(sequence)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_prompt_again(known: dict[str, Known], kind: str) -> None:
    with known[kind].context() as context:
        sequence = Sequence(context)
        params = SamplingParams(temperature=0, max_tokens=300, ignore_eos=True)
        first = generate(sequence, PROMPT, params)
        again = generate(sequence, PROMPT, params)
        assert again.tokens == first.tokens
        assert (first.usage.cached_tokens, again.usage.cached_tokens) == (0, 39)


def test_models_that_need_none_pay_nothing(known: dict[str, Known], monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, n_decodes in (("llama", 1), ("mamba", 2)):
        with known[kind].context() as context:
            batches: list[int] = []
            decode = context.decode

            def counted(batch: Batch, batches: list[int] = batches, decode: Any = decode) -> None:
                batches.append(len(batch))
                decode(batch)

            monkeypatch.setattr(context, "decode", counted)
            sequence = Sequence(context)
            sequence.feed(PROMPT)
            assert (len(batches), sum(batches), len(sequence.checkpoints)) == (n_decodes, 40, n_decodes - 1)
            sequence.feed(ONWARD)
            assert len(batches) == n_decodes + 1


def test_the_oldest_goes_first(known: dict[str, Known]) -> None:
    with known["mamba"].context() as context:
        sequence = Sequence(context, n_checkpoints=2)
        for _ in range(3):
            sequence.feed(PROMPT)
        assert [checkpoint.n for checkpoint in sequence.checkpoints] == [79, 119]
        sequence.close()
        assert sequence.checkpoints == ()
        with pytest.raises(ValueError, match="n_checkpoints must be 0 or more, not -1"):
            Sequence(context, n_checkpoints=-1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_of_ones_own(known: dict[str, Known], kind: str) -> None:
    with known[kind].context() as context:
        sequence = Sequence(context, n_checkpoints=0)
        sequence.feed(PROMPT[:20])
        checkpoint = sequence.checkpoint(whole=True)
        sequence.feed(PROMPT[20:])
        sequence.feed(known[kind].detour)
        sequence.rewind(30)
        if kind == "llama":
            assert len(sequence) == 30
        else:
            assert (len(sequence), sequence.tokens) == (20, PROMPT[:20])
        sequence.rewind(0)
        sequence.feed(DETOUR[:50])
        changes = sequence.changes
        sequence.restore(checkpoint)
        assert sequence.changes > changes
        assert sequence.tokens == PROMPT[:20]
        known[kind].check(sequence)


def test_checkpoints_of_something_else(known: dict[str, Known]) -> None:
    with known["mamba"].context() as context:
        first, second = Sequence(context, 0), Sequence(context, 1)
        first.feed(PROMPT)
        second.feed(PROMPT[:9])
        with pytest.raises(StateError, match="of sequence 0, not 1"):
            second.restore(first.checkpoint())
        with pytest.raises(StateError, match="at position 40 knows 0 of its tokens"):
            first.restore(context.checkpoint(0))
        assert (len(first), len(second)) == (40, 9)
        known["mamba"].check(second)


@pytest.mark.parametrize("unified", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fork_goes_its_own_way(known: dict[str, Known], kind: str, *, unified: bool) -> None:
    with known[kind].context(kv_unified=unified, n_seq_max=3) as context:
        sequence = Sequence(context)
        sequence.feed(PROMPT)
        fork = sequence.fork()
        assert (fork.seq_id, fork.tokens) == (1, PROMPT)
        second = sequence.fork(2)
        for each, tokens in ((sequence, DETOUR[:60]), (fork, ONWARD), (second, ONWARD[::-1])):
            each.feed(tokens)
        for each in (fork, sequence, second, fork):
            known[kind].check(each)
        with pytest.raises(ContextError, match=r"needs an id of its own, of the 3 that"):
            sequence.fork()
        with pytest.raises(ContextError, match="needs an id of its own"):
            sequence.fork(0)
        fork.close()
        known[kind].check(sequence)
        assert sequence.fork().seq_id == 1


@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_loaded(known: dict[str, Known], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "saved.state"
    with known[kind].context() as context:
        sequence = Sequence(context, 1)
        tokens = [*PROMPT, *known[kind].detour]
        sequence.feed(tokens)
        sequence.save(path, fsync=False)
        known[kind].check(sequence)
    with known[kind].context() as context:
        sequence = Sequence(context)
        sequence.feed(ONWARD)
        assert sequence.load(path) == len(tokens)
        assert sequence.tokens == tokens
        known[kind].check(sequence)


def test_what_cannot_be_loaded(known: dict[str, Known], tmp_path: Path) -> None:
    path = tmp_path / "saved.state"
    with known["llama"].context() as context:
        sequence = Sequence(context)
        sequence.feed(PROMPT)
        context.snapshot(tokens=PROMPT).save(path, fsync=False)
        with pytest.raises(StateError, match="of a whole context, not of a sequence"):
            sequence.load(path)
        context.snapshot(0).save(path, fsync=False)
        assert State.load(path).tokens == ()
        with known["llama"].context(type_k="f16") as other:
            different = Sequence(other)
            different.feed(PROMPT)
            with pytest.raises(StateError, match="the state is of a context with"):
                different.load(path)
            assert different.tokens == PROMPT
        known["llama"].check(sequence)
        with pytest.raises(StateError, match="names 0 tokens and holds 40; the sequence is empty now"):
            sequence.load(path)
        assert (len(sequence), context.memory.pos_max(0)) == (0, -1)


@pytest.mark.parametrize(("n_checkpoints", "left"), [(4, 39), (0, 0)])
@pytest.mark.parametrize("kind", ["mamba", "lfm2"])
def test_an_aborted_decode_leaves_no_wrong_state(
    known: dict[str, Known], kind: str, n_checkpoints: int, left: int
) -> None:
    entered = Interrupt.__enter__

    def stopped(self: Interrupt) -> Interrupt:
        entered(self)
        self.c.stop = 1
        return self

    with known[kind].context() as context:
        sequence = Sequence(context, n_checkpoints=n_checkpoints)
        sequence.feed(PROMPT)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Interrupt, "__enter__", stopped)
            with pytest.raises(DecodeAborted):
                sequence.feed(ONWARD)
        # llama.cpp counts the tokens of the batch that was cut short; the state has not seen them.
        assert sequence.tokens == PROMPT[:left]
        sequence.feed(PROMPT[left:])
        known[kind].check(sequence)


def test_a_fork_takes_no_id_of_a_sequence_that_is_empty(known: dict[str, Known]) -> None:
    with known["llama"].context(n_seq_max=3, kv_unified=True) as context:
        first, second = Sequence(context, 1), Sequence(context)
        first.feed(PROMPT)
        with first.fork() as fork:
            assert (second.seq_id, fork.seq_id) == (0, 2)
            with pytest.raises(ContextError, match="of the 3 that the context was made for"):
                first.fork()
            second.close()
            assert first.fork().seq_id == 0


@pytest.mark.parametrize("kind", KINDS)
def test_sampling_that_fails_loses_no_tokens(known: dict[str, Known], kind: str) -> None:
    def fail(_ids: object, _logits: object) -> None:
        raise LookupError

    with known[kind].context() as context, SamplerChain(PythonSampler(fail), Greedy()) as chain:
        sequence = Sequence(context, n_checkpoints=0)
        sequence.feed(PROMPT)
        with pytest.raises(LookupError):
            sequence.step(ONWARD, Rows(chain))
        assert sequence.tokens == PROMPT + ONWARD
        known[kind].check(sequence)


@pytest.mark.parametrize("kind", ["cohere2", "mamba"])
def test_an_interrupt_between_any_two_lines(known: dict[str, Known], kind: str) -> None:
    file = sys.modules[Sequence.__module__].__file__
    lines = 0

    def interrupt(frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal lines
        if frame.f_code.co_filename != file or frame.f_code.co_name in {"_resync", "_forget"}:
            return None
        if event == "line":
            lines -= 1
            if lines == 0:
                raise KeyboardInterrupt
        return interrupt

    other = [*PROMPT[:20], *DETOUR[:30]]
    with known[kind].context() as context:
        sequence = Sequence(context)
        sequence.feed(other)
        checkpoint = sequence.checkpoint(whole=True)
        for n in itertools.count(1):
            sequence.align([])
            lines = n
            sys.settrace(interrupt)
            try:
                sequence.feed(PROMPT)
                sequence.feed(ONWARD)
                sequence.rewind(39)
                sequence.restore(checkpoint)
            except KeyboardInterrupt:
                pass
            finally:
                sys.settrace(None)
            assert context.memory.pos_max(0) + 1 == len(sequence)
            assert sequence.tokens in ([*PROMPT, *ONWARD][: len(sequence)], other)
            if n % 20 == 0:
                known[kind].check(sequence)
            if lines > 0:
                break
        assert n > 20
