"""Sequences that share the cells of a sliding window: none forgets what another, or itself, still looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from llamacffi import Engine, Model, SamplingParams, Sequence, generate
from llamacffi.generation.logprobs import prompt_logprobs
from tests.models import write_cohere2
from tests.models.exact import EXACT

OPTIONS: dict[str, Any] = {**EXACT, "n_threads": 1, "n_threads_batch": 1, "swa_full": False}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Model(write_cohere2(tmp_path_factory.mktemp("cohere2") / "cohere2.gguf")) as model:
        yield model


@pytest.fixture
def alone(model: Model) -> Iterator[Sequence]:
    with model.context(n_ctx=1024, **OPTIONS) as context:
        yield Sequence(context, n_checkpoints=0)


@pytest.mark.parametrize("seed", range(12))
def test_sequences(model: Model, alone: Sequence, seed: int) -> None:
    random = np.random.RandomState(seed)
    with model.context(n_ctx=512, n_batch=48, n_ubatch=8, n_seq_max=4, kv_unified=True, **OPTIONS) as context:
        sequences = [Sequence(context, i, n_checkpoints=0) for i in range(4)]
        for _ in range(80):
            i, j = random.randint(4, size=2)
            if i != j and random.randint(2):
                sequences[j].close()
                sequences[j] = Sequence(context, j, n_checkpoints=0) if random.randint(2) else sequences[i].fork(j)
            if len(sequences[i]) > 100:
                sequences[i].rewind(0)
            sequences[i].feed(random.randint(260, 500, random.randint(1, 48)).tolist())
            alone.rewind(0)
            alone.feed(sequences[i].tokens)
            np.testing.assert_allclose(sequences[i].logits, alone.logits, atol=1e-3)


@pytest.mark.parametrize("seed", range(20))
def test_an_engine(model: Model, alone: Sequence, seed: int) -> None:
    random, params = np.random.RandomState(seed), SamplingParams(temperature=0, max_tokens=10, logprobs=0)
    prompts: list[list[int]] = []
    parts: list[list[int]] = []
    for _ in range(24):
        parts = parts[: random.randint(len(parts) + 1)]
        for _ in range(random.randint(1, 4)):
            text = random.randint(260, 500, random.randint(1, 6)).tolist()
            parts.append([*range(300, 318)] if random.randint(2) else text)
        parts = parts[:6]
        prompts.append([1, *(token for part in parts for token in part), 270])
    options: dict[str, Any] = {"n_parallel": 4, "n_seq_max": 6, "n_idle": 0, "host_bytes": 0, **OPTIONS}
    with Engine(model, n_ctx=512, n_batch=24, n_ubatch=12, **options) as engine:
        made = engine.generate(prompts, params)
    for prompt, one in zip(prompts, made, strict=True):
        expected = generate(alone, prompt, params)
        assert one.tokens == expected.tokens
        assert [told.logprob for told in one.logprobs] == pytest.approx(
            [told.logprob for told in expected.logprobs], abs=1e-3
        )


def test_what_is_told_of_every_token(model: Model) -> None:
    tokens = np.random.RandomState(1).randint(260, 500, 100).tolist()
    found, shared = [], dict[str, Any](n_batch=48, n_ubatch=8, n_seq_max=4, kv_unified=True)
    for options in ({}, shared):
        with model.context(n_ctx=512, **options, **OPTIONS) as context:
            assert context.memory.n_at_once == (8 if options else context.n_batch)
            told = prompt_logprobs(Sequence(context), tokens)
            found.append([one.logprob for one in told if one is not None])
    assert len(found[0]) == 99
    assert found[0] == pytest.approx(found[1], abs=1e-3)
