"""The options, and the chain that they make."""

from __future__ import annotations

import copy
import math
import pickle
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Choices, Context, Dist, Greedy, Mirostat, MirostatV2, Model, SamplingParams, ffi, lib
from llamacffi.core.batch import Batch
from llamacffi.core.sampling import AdaptiveP
from tests.models.reference import softmax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.models import BigramModel

TOKEN = 300


@pytest.fixture(scope="module")
def context(bigram: BigramModel) -> Iterator[Context]:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        batch = Batch(1)
        batch.add(TOKEN, 0, output=True)
        context.decode(batch)
        yield context


def native_names(context: Context, params: SamplingParams) -> list[str]:
    """What llama.cpp calls the chain's stages; a leading ? marks one that does nothing."""
    with params.chain(context.model.vocab) as chain:
        n = lib.llama_sampler_chain_n(chain.ptr)
        stages = [lib.llama_sampler_chain_get(chain.ptr, i) for i in range(n)]
        return [ffi.string(lib.llama_sampler_name(stage)).decode() for stage in stages]


def test_the_default_chain_is_that_of_llama_cpp(context: Context) -> None:
    # common_sampler_init with an untouched common_params_sampling.
    assert native_names(context, SamplingParams()) == [
        "?logit-bias",
        "?penalties",
        "?dry",
        "?top-n-sigma",
        "top-k",
        "?typical",
        "top-p",
        "min-p",
        "?xtc",
        "temp-ext",
        "dist",
    ]


def test_the_default_chain_draws_as_its_formula_says(context: Context, bigram: BigramModel) -> None:
    logits = bigram.logits[TOKEN].astype(np.float64)
    order = np.argsort(-logits)[:40]
    p = softmax(logits[order])
    order = order[: int(np.searchsorted(np.cumsum(p), 0.95)) + 1]
    p = softmax(logits[order])
    order = order[p >= 0.05 * p.max()]
    expected = dict(zip(order.tolist(), softmax(logits[order] / 0.8), strict=True))

    with SamplingParams(seed=3).chain(context.model.vocab) as chain:
        counts = Counter(chain.sample(context) for _ in range(20_000))
    assert set(counts) <= set(expected)
    for token, probability in expected.items():
        # Five standard deviations of a binomial count.
        assert abs(counts[token] - 20_000 * probability) < 5 * math.sqrt(20_000 * probability) + 1


@pytest.mark.parametrize("temperature", [0.0, -1.0])
@pytest.mark.parametrize("options", [{}, {"typical_p": 0.1}, {"xtc_probability": 1.0}, {"mirostat": 2}])
def test_a_temperature_of_zero_is_greedy(
    context: Context, bigram: BigramModel, temperature: float, options: dict[str, Any]
) -> None:
    params = SamplingParams(temperature=temperature, **options)
    assert params.stages()[-1] == Greedy()
    with params.chain(context.model.vocab) as chain:
        assert chain.sample(context) == bigram.logits[TOKEN].argmax()


@pytest.mark.parametrize(
    ("options", "stage"),
    [
        ({}, Dist(1)),
        ({"mirostat": 1, "mirostat_tau": 3.0}, Mirostat(1, 3.0)),
        ({"mirostat": 2, "mirostat_eta": 0.2}, MirostatV2(1, eta=0.2)),
        ({"adaptive_target": 0.4, "adaptive_decay": 0.5}, AdaptiveP(0.4, 0.5, 1)),
    ],
)
def test_what_selects_the_token(options: dict[str, Any], stage: object) -> None:
    assert SamplingParams(seed=1, **options).stages()[-1] == stage


def test_logit_bias_and_ignore_eos_forbid(context: Context, bigram: BigramModel) -> None:
    best = int(bigram.logits[TOKEN].argmax())
    eog = bigram.vocab.eot
    bias = {eog: 50.0, best: -math.inf}
    vocab = context.model.vocab
    with SamplingParams(temperature=0, logit_bias=bias).chain(vocab) as chain:
        assert chain.sample(context) == eog
    with SamplingParams(temperature=0, logit_bias=bias, ignore_eos=True).chain(vocab) as chain:
        assert chain.sample(context) == np.argsort(-bigram.logits[TOKEN])[1]


def test_a_seed_is_drawn_when_none_is_given() -> None:
    drawn = {SamplingParams().drawn_seed() for _ in range(8)}
    assert len(drawn) == 8
    assert SamplingParams(seed=4).drawn_seed() == 4


@pytest.mark.parametrize(
    ("options", "n_prev"),
    [
        ({}, 0),
        ({"repeat_penalty": 1.1}, 64),
        ({"presence_penalty": 0.1, "repeat_last_n": 10}, 10),
        ({"dry_multiplier": 0.8, "dry_penalty_last_n": 100}, 100),
        ({"repeat_penalty": 1.1, "penalize_prompt": False}, 0),
    ],
)
def test_how_much_of_the_prompt_the_penalties_see(options: dict[str, Any], n_prev: int) -> None:
    assert SamplingParams(**options).n_prev == n_prev


@pytest.mark.parametrize("more", [{}, {"dry_multiplier": 0.8}, {"logits_processor": lambda _tokens, _logits: None}])
def test_penalties_that_leave_the_prompt_alone(context: Context, bigram: BigramModel, more: dict[str, Any]) -> None:
    """The best token behind TOKEN is in the prompt: a penalty takes it away, unless it does not look there."""
    best, second = np.argsort(-bigram.logits[TOKEN])[:2]
    for penalize, expected in ((True, second), (False, best)):
        params = SamplingParams(temperature=0, presence_penalty=1e6, penalize_prompt=penalize, **more)
        with params.chain(context.model.vocab) as chain:
            params.accept_prompt(chain, [int(best), TOKEN])
            assert chain.sample(context) == expected
            if not penalize:  # it was generated now
                assert chain.sample(context) == second


def test_a_response_format_of_text_leaves_room_for_a_constraint() -> None:
    params = SamplingParams(response_format={"type": "text"}, choices=["yes", "no"])
    assert params.constraint == Choices(["yes", "no"])


def test_one_stop_string_may_be_given_without_a_list() -> None:
    assert SamplingParams(stop="\n").stop_strings == ("\n",)
    assert SamplingParams(stop=["a", "b"]).stop_strings == ("a", "b")
    assert SamplingParams(stop=["a"]) == SamplingParams(stop=("a",))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stop": ""}, "a stop string is empty"),
        ({"stop": ["a", ""]}, "a stop string is empty"),
        ({"max_tokens": -1}, "max_tokens is -1"),
        ({"mirostat": 3}, "mirostat is 3"),
        ({"top_p": 1.5}, "top_p is 1.5, but must be from 0.0 to 1.0"),
        ({"temperature": 0, "top_p": 1.5}, "top_p is 1.5, but must be from 0.0 to 1.0"),
        ({"min_p": 1.5}, "min_p is 1.5"),
        ({"top_k": -1}, "top_k is -1, but must be from 0"),
        ({"temperature": math.nan}, "temperature is nan, but must be finite"),
        ({"repeat_penalty": 0.0}, "repeat_penalty is 0.0, but must be above 0"),
        ({"xtc_threshold": -1}, "xtc_threshold is -1"),
        ({"mirostat_tau": math.inf}, "mirostat_tau is inf"),
        ({"seed": 2**32}, "seed is 4294967296, but must be from 0 to 4294967294"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_a_value_out_of_range_is_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SamplingParams(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stop": [5]}, "stop has 5, but must be a text or a list of texts; token ids belong into stop_tokens"),
        ({"stop": b"x"}, "stop is b'x', but must be a text"),
        ({"stop": None}, "stop is None, but must be a text"),
        ({"stop_tokens": "x"}, "stop_tokens is 'x', but must be a token id or a list"),
        ({"stop_tokens": [True]}, "stop_tokens has True"),
        ({"max_tokens": "a"}, "max_tokens is 'a', but must be a whole number or None"),
        ({"min_tokens": None}, "min_tokens is None, but must be a whole number"),
        ({"max_time": "1"}, "max_time is '1', but must be a number or None"),
        ({"temperature": "hot"}, "temperature is 'hot', but must be a number"),
        ({"top_k": 1.5}, "top_k is 1.5, but must be a whole number"),
        ({"seed": 1.0}, "seed is 1.0"),
        ({"logprobs": True}, "logprobs is True"),
        ({"prompt_logprobs": "2"}, "prompt_logprobs is '2'"),
        ({"ignore_eos": 1}, "ignore_eos is 1, but must be True or False"),
        ({"logit_bias": [5]}, "logit_bias is [5], but must be a dict"),
        ({"logit_bias": {1.5: 1}}, "logit_bias has 1.5, but must name tokens by their ids or texts"),
        ({"logit_bias": {5: "x"}}, "the logit_bias of 5 is 'x', but must be a number"),
        ({"regex": 5}, "regex is 5, but must be the text of a pattern"),
        ({"regex": b"a"}, "regex is b'a'"),
        ({"grammar": 5}, "grammar is 5, but must be a text of GBNF or a Constraint"),
        ({"grammar": object()}, "but must be a text of GBNF or a Constraint"),
        ({"reasoning_budget": 5}, "reasoning_budget is 5, but must be a ReasoningBudget or None"),
        ({"logits_processor": [5]}, "logits_processor has 5, but must be callable"),
        ({"stopping_criteria": 5}, "stopping_criteria is 5, but must be callable"),
        ({"dry_sequence_breakers": [1]}, "dry_sequence_breakers has 1"),
    ],
)
def test_a_value_of_another_type_is_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        SamplingParams(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"logit_bias": {"": 1}}, "logit_bias has an empty text"),
        ({"logit_bias": {5: math.nan}}, "the bias of token 5 is nan"),
        ({"logit_bias": {"a": math.inf}}, "the bias of token 'a' is inf"),
        ({"overflow": "wrap"}, "overflow is 'wrap', but must be 'stop' or 'shift'"),
        ({"n_keep": -2}, "n_keep is -2"),
        ({"temperature": 10**400}, "temperature has 401 digits"),
    ],
)
def test_a_value_that_means_nothing_is_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SamplingParams(**options)


def test_numbers_of_numpy_are_numbers() -> None:
    options: dict[str, Any] = {"stop_tokens": np.array([3, 4]), "logit_bias": {np.int32(5): 1}}
    params = SamplingParams(temperature=np.float32(0.5), top_k=np.int64(7), **options)
    assert params == SamplingParams(temperature=0.5, top_k=7, stop_tokens=[3, 4], logit_bias={5: 1.0})
    assert [type(value) for value in (params.temperature, params.top_k, params.stop_ids[0])] == [float, int, int]


def test_an_option_that_there_is_not() -> None:
    with pytest.raises(TypeError, match="SamplingParams has no option 'temprature'; did you mean 'temperature'?"):
        SamplingParams(temprature=0)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="has no option 'foo'; it takes adaptive_decay"):
        replace(SamplingParams(), foo=1)  # type: ignore[call-arg]
    params = SamplingParams(top_k=5, stop="x")
    assert pickle.loads(pickle.dumps(params)) == copy.deepcopy(params) == replace(params, top_k=5) == params
