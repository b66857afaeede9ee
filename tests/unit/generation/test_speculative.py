"""Guesses change how many steps an answer takes, and nothing else of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llamacffi import (
    LlamaError,
    Model,
    SamplingParams,
    Sequence,
    generate,
    hub,
    stream_generate,
)
from llamacffi.generation.speculative import PromptLookup
from tests.models import (
    ScriptedModel,
    write_cohere2,
    write_lfm2,
    write_mamba,
    write_t5,
)
from tests.models.exact import BATCH_EXACT, EXACT
from tests.unit.guessing import PROMPT, Flat, Knowing, check, cost, decode_every_guess, plain

GREEDY = SamplingParams(temperature=0, max_tokens=24, ignore_eos=True)


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        yield model


@pytest.fixture(scope="module")
def sequence(model: Model) -> Iterator[Sequence]:
    with model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        yield Sequence(context)


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)


def not_both(options: dict[str, Any]) -> dict[str, Any]:
    """A constraint and healing exclude each other."""
    return {name: value for name, value in options.items() if name != "token_healing" or "regex" not in options}


OPTIONS = st.fixed_dictionaries(
    {
        "temperature": st.sampled_from([0.0, 0.8, 1.5]),
        "seed": st.integers(0, 5),
        "max_tokens": st.sampled_from([1, 2, 7, 30]),
        "repeat_penalty": st.sampled_from([1.0, 1.3]),
        "logit_bias": st.sampled_from([{}, {300: 3.0, 305: -2.0}]),
        "min_tokens": st.sampled_from([0, 1]),
        "ignore_eos": st.booleans(),
        "logprobs": st.sampled_from([None, 0, 3]),
    },
    optional={
        "stop": st.sampled_from(["e", ("th", "an")]),
        "regex": st.sampled_from(["[a-f]{2,12}", "(ab|cd)*x"]),
        "mirostat": st.just(2),
        "token_healing": st.just(True),
    },
).map(not_both)


@pytest.mark.usefixtures("forced")
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(options=OPTIONS, errors=st.lists(st.sampled_from([0, 0, 0, 1, -3]), min_size=1, max_size=8), n=st.integers(1, 9))
def test_any_guesses_give_the_same_answer(
    sequence: Sequence, options: dict[str, Any], errors: list[int], n: int
) -> None:
    params = SamplingParams(**options)
    wanted, _ = plain(sequence, params)
    got = check(sequence, params, Knowing(wanted.tokens, errors, n=n, more=2))
    assert got.speculation is not None
    assert got.speculation.n_accepted <= got.speculation.n_drafted


@pytest.mark.usefixtures("forced")
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(options=OPTIONS, errors=st.lists(st.sampled_from([0, 0, 1]), min_size=1, max_size=5))
def test_the_chunks_are_the_same_too(sequence: Sequence, options: dict[str, Any], errors: list[int]) -> None:
    params = replace(SamplingParams(**options), logprobs=None)
    sequence.rewind(0)
    wanted = [(chunk.text, chunk.tokens) for chunk in stream_generate(sequence, PROMPT, params)]
    tokens = [token for _, some in wanted for token in some]
    sequence.rewind(0)
    chunks = stream_generate(sequence, PROMPT, params, predictor=Knowing(tokens, errors))
    assert [(chunk.text, chunk.tokens) for chunk in chunks] == wanted


@pytest.mark.usefixtures("forced")
def test_right_guesses_save_steps(sequence: Sequence) -> None:
    answer, _ = plain(sequence, GREEDY)
    n_decoded = sequence.context.ledger.n_decoded
    generate(sequence, PROMPT, GREEDY)
    assert sequence.context.ledger.n_decoded - n_decoded == 24
    predictor = Knowing(answer.tokens, n=4)
    n_decoded = sequence.context.ledger.n_decoded
    got = generate(sequence, PROMPT, GREEDY, predictor=predictor)
    # One token with the prompt, then fives, of which four were guessed; three are left for the last step.
    assert sequence.context.ledger.n_decoded - n_decoded == 1 + 4 + 1
    assert got.tokens == answer.tokens
    assert got.speculation is not None
    assert (got.speculation.n_drafted, got.speculation.n_accepted) == (4 * 4 + 2, 4 * 4 + 2)
    assert got.speculation.acceptance == 1.0
    assert predictor.closed
    assert answer.speculation is None


@pytest.mark.usefixtures("forced")
def test_one_wrong_guess_of_each_draft(sequence: Sequence) -> None:
    answer, _ = plain(sequence, GREEDY)
    got = check(sequence, GREEDY, Knowing(answer.tokens, [0, 0, 0, 1], n=4))
    assert got.speculation is not None
    # The drafts begin behind token 1, 4, 8, 12, 16 and 20, and each has one wrong token, but for the last.
    assert got.speculation.n_accepted == 2 + 3 * 5
    assert got.speculation.n_drafted == 4 * 5 + 3


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("stop", ["STOP", "weather"])
def test_a_stop_string_among_right_guesses(scripted: ScriptedModel, stop: str) -> None:
    with Model(scripted.path) as model, model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        sequence = Sequence(context)
        prompt = [model.vocab.bos or 0]
        params = SamplingParams(temperature=0, stop=stop)
        got = check(sequence, params, Knowing(scripted.script.tokens, n=32), prompt)
        assert got.text == scripted.script.text.split(stop)[0]
        assert got.finish.stop == stop


@pytest.mark.usefixtures("forced")
def test_who_stops_reading_leaves_what_was_read(sequence: Sequence) -> None:
    answer, _ = plain(sequence, GREEDY)
    for n in (1, 2, 4, 9):
        sequence.rewind(0)
        chunks = stream_generate(sequence, PROMPT, GREEDY, predictor=Knowing(answer.tokens, n=7))
        read: list[int] = []
        while len(read) < n:
            read += next(chunks).tokens
        getattr(chunks, "close")()  # noqa: B009 - an Iterator has none
        assert sequence.tokens == [*PROMPT, *read[:-1]]


@pytest.mark.usefixtures("forced")
def test_somebody_else_changes_the_sequence(sequence: Sequence) -> None:
    answer, _ = plain(sequence, GREEDY)
    chunks = stream_generate(sequence, PROMPT, GREEDY, predictor=Knowing(answer.tokens, n=7))
    next(chunks), next(chunks)
    sequence.rewind(3)
    with pytest.raises(LlamaError, match="something else used the sequence"):
        list(chunks)
    assert sequence.tokens == PROMPT[:3]


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("overflow", ["stop", "shift"])
def test_at_the_end_of_the_context(model: Model, overflow: Any) -> None:
    with model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        sequence = Sequence(context)
        prompt = [1, *(260 + i % 200 for i in range(context.n_ctx_seq - 20))]
        params = replace(GREEDY, max_tokens=60, overflow=overflow)
        answer, _ = plain(sequence, params, prompt)
        got = check(sequence, params, Knowing(answer.tokens, n=8), prompt)
        assert len(got.tokens) == (20 if overflow == "stop" else 60)
        assert got.speculation is not None
        assert got.speculation.n_accepted > 10


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("most", [1, 4])
def test_no_more_outputs_than_the_context_has(model: Model, most: int) -> None:
    with model.context(n_ctx=256, n_threads=1, n_outputs_max=most, **EXACT) as context:
        sequence = Sequence(context)
        answer, _ = plain(sequence, GREEDY)
        got = check(sequence, GREEDY, Knowing(answer.tokens, n=8))
        assert got.speculation is not None
        assert (got.speculation.n_drafted > 0) == (most > 1)


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("write", [write_mamba, write_lfm2, write_cohere2])
def test_what_cannot_step_back_is_not_guessed(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    with (
        Model(write(tmp_path / "model.gguf")) as model,
        model.context(n_ctx=256, n_threads=1, swa_full=False, **EXACT) as context,
    ):
        predictor = Knowing([])
        got = check(Sequence(context), GREEDY, predictor)
        assert got.speculation is not None
        assert got.speculation.n_drafted == predictor.n_asked == 0


@pytest.mark.usefixtures("forced")
def test_a_window_that_is_kept_whole(tmp_path: Path) -> None:
    model = Model(write_cohere2(tmp_path / "model.gguf"))
    with model, model.context(n_ctx=256, n_threads=1, swa_full=True, **EXACT) as context:
        sequence = Sequence(context)
        answer, _ = plain(sequence, GREEDY)
        got = check(sequence, GREEDY, Knowing(answer.tokens, [0, 0, 1]))
        assert got.speculation is not None
        assert got.speculation.n_accepted > 8


@pytest.mark.usefixtures("forced")
def test_the_decoder_of_an_encoder(tmp_path: Path) -> None:
    with Model(write_t5(tmp_path / "t5.gguf")) as model, model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        sequence = Sequence(context)
        prompt = [40, 41, 42]
        answer, _ = plain(sequence, GREEDY, prompt)
        got = check(sequence, GREEDY, Knowing(answer.tokens, [0, 0, 0, 1]), prompt)
        assert got.speculation is not None
        assert got.speculation.n_accepted > 8


class Saying(Knowing):
    """Returns one thing, whatever was asked; raises it when it is an exception."""

    def __init__(self, what: Any) -> None:
        super().__init__(())
        self.what = what

    def predict(self, n_max: int) -> Any:
        if isinstance(self.what, BaseException):
            raise self.what
        return self.what


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("what", [[-1], [10**9], (), [2], [2**70], np.array([7, 9, -1]), [300] * 500, iter([4, 5])])
def test_guesses_that_cannot_be_are_cut(sequence: Sequence, what: Any) -> None:
    assert check(sequence, GREEDY, Saying(what)).finish_reason == "length"


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("what", [None, 3, ["a"], [1.5], object()])
def test_guesses_that_are_no_tokens(sequence: Sequence, what: Any) -> None:
    predictor = Saying(what)
    with pytest.raises(TypeError, match=r"Saying.predict\(\) returned .*, but must return token ids"):
        generate(sequence, PROMPT, GREEDY, predictor=predictor)
    assert predictor.closed
    assert generate(sequence, PROMPT, GREEDY).finish_reason == "length"


@pytest.mark.usefixtures("forced")
def test_a_predictor_that_raises(sequence: Sequence) -> None:
    answer, _ = plain(sequence, GREEDY)
    predictor = Saying(KeyError("mine"))
    with pytest.raises(KeyError, match="mine"):
        generate(sequence, PROMPT, GREEDY, predictor=predictor)
    assert predictor.closed
    assert sequence.tokens == PROMPT
    check(sequence, GREEDY, Knowing(answer.tokens))


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("n", [1, 2, 5, 11])
def test_a_chain_that_fails_behind_right_guesses(sequence: Sequence, n: int) -> None:
    """The tokens before come all the same, and then the error."""
    answer, _ = plain(sequence, GREEDY)

    calls: list[int] = []

    def failing(tokens: Any, _logits: Any) -> None:
        calls.append(len(tokens))
        if len(tokens) == calls[0] + n:
            message = "enough"
            raise OverflowError(message)

    params = replace(GREEDY, logits_processor=failing)

    def until_it_fails(predictor: Any) -> tuple[list[int], list[int]]:
        sequence.rewind(0)
        calls.clear()
        tokens: list[int] = []
        chunks = stream_generate(sequence, PROMPT, params, predictor=predictor)
        with pytest.raises(OverflowError, match="enough"):
            tokens.extend(token for chunk in chunks for token in chunk.tokens)
        return tokens, sequence.tokens

    wanted = until_it_fails(None)
    assert wanted[1] == [*PROMPT, *answer.tokens[:n]]
    assert until_it_fails(Knowing(answer.tokens, n=8)) == wanted


def test_what_is_no_predictor(sequence: Sequence) -> None:
    for wrong in (5, "lookup", object()):
        with pytest.raises(TypeError, match="must have reset, push and predict"):
            stream_generate(sequence, PROMPT, GREEDY, predictor=wrong)  # type: ignore[arg-type]


def test_guesses_that_do_not_pay_are_not_decoded(sequence: Sequence, monkeypatch: pytest.MonkeyPatch) -> None:
    cost(monkeypatch, Flat(slope=1.0))  # two tokens cost as much as two steps
    answer, _ = plain(sequence, GREEDY)
    got = check(sequence, GREEDY, Knowing(answer.tokens))
    assert got.speculation is not None
    assert got.speculation.n_drafted == 0


def test_bad_guesses_are_given_up_until_they_get_better(sequence: Sequence, monkeypatch: pytest.MonkeyPatch) -> None:
    cost(monkeypatch, Flat(slope=0.3))
    params = replace(GREEDY, max_tokens=150)
    answer, _ = plain(sequence, params)
    bad = check(sequence, params, Knowing(answer.tokens, [1]))
    assert bad.speculation is not None
    assert bad.speculation.n_drafted <= 2
    better = check(sequence, params, Knowing(answer.tokens, [1] * 75 + [0] * 75))
    assert better.speculation is not None
    assert better.speculation.n_accepted >= 45


def test_guesses_that_take_their_time_are_asked_for_rarely(sequence: Sequence, monkeypatch: pytest.MonkeyPatch) -> None:
    cost(monkeypatch, Flat(slope=0.3, base=1e-9))  # any guess takes longer
    params = replace(GREEDY, max_tokens=150)
    answer, _ = plain(sequence, params)
    predictor = Knowing(answer.tokens)
    check(sequence, params, predictor)
    assert 2 <= predictor.n_asked <= 6  # after 16, 32, 64 tokens


def test_prompt_lookup_in_a_text_that_repeats(bigram: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bigram model without randomness goes round in a circle: from its second round on every guess is right."""
    cost(monkeypatch, Flat(slope=0.1))
    with Model(bigram.path) as model, model.context(n_ctx=512, n_threads=1, **EXACT) as context:
        params = replace(GREEDY, max_tokens=300)
        got = check(Sequence(context), params, PromptLookup(), [1, 300])
        following = bigram.logits.argmax(axis=1)
        token, seen = 300, []
        while token not in seen:
            seen.append(token)
            token = int(following[token])
        assert got.speculation is not None
        assert got.speculation.n_accepted >= 0.8 * (300 - 2 * len(seen)) * 0.8


@pytest.mark.model
@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("params", [{"temperature": 0}, {"temperature": 0.4, "seed": 5}])
def test_the_default_model_says_the_same(params: dict[str, Any]) -> None:
    prompt = "The quick brown fox jumps over the lazy dog. " * 6
    model = Model(hub.resolve("smollm2-135m-instruct"))
    with model, model.context(n_ctx=512, **BATCH_EXACT) as context:
        options = SamplingParams(max_tokens=120, ignore_eos=True, logprobs=0, **params)
        got = check(Sequence(context), options, PromptLookup(), prompt)
        assert got.speculation is not None
        assert got.speculation.n_accepted > 30
