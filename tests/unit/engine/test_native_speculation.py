"""Drafts from hidden states for many requests at once: each gets the answer that it gets alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from llamacffi import MTP, Eagle3, Engine, Model, Request, SamplingParams, Sequence, generate
from tests.capabilities import needs
from tests.models import random_logits, spm_vocab, write_bigram, write_eagle3_table, write_mtp_table
from tests.models.exact import EXACT
from tests.unit.guessing import decode_every_guess

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs("drafts from hidden states")

SHARED = (1, *range(260, 300))
PROMPTS = [SHARED, (*SHARED, 7), (1, 300, 301), (*SHARED[:20], 9, 10), SHARED, (1, 42)]
PARAMS = [
    SamplingParams(temperature=0, max_tokens=40, ignore_eos=True),
    SamplingParams(temperature=1.2, seed=3, max_tokens=33, ignore_eos=True),
]


def model_of(kind: str, folder: Path) -> tuple[Model, MTP | Eagle3]:
    """A model, and what always knows which token of it is the most probable."""
    vocab = spm_vocab()
    logits = random_logits(len(vocab), seed=4)
    if kind == "mtp":
        path = write_mtp_table(folder / "model.gguf", logits, logits, vocab, reads="token")
        return Model(path, load_mtp=True), MTP(n_max=3)
    draft = write_eagle3_table(folder / "draft.gguf", logits, vocab, reads="token")
    return Model(write_bigram(folder / "model.gguf", logits, vocab)), Eagle3(Model(draft), n_max=3)


@pytest.mark.parametrize("kind", ["mtp", "eagle3"])
def test_each_request_gets_what_it_gets_alone(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)
    model, predictor = model_of(kind, tmp_path)
    options = {**EXACT, "n_threads": 1}
    with Engine(model, n_ctx=1024, n_parallel=3, predictor=predictor, **options) as engine:
        for params in PARAMS:
            alone = model.context(n_ctx=256, **options)
            wanted = [generate(Sequence(alone), prompt, params).tokens for prompt in PROMPTS]
            alone.close()
            got = engine.generate(PROMPTS, params)
            assert [completion.tokens for completion in got] == wanted
            told = [completion.finish.speculation for completion in got]
            assert all(speculation is not None and speculation.n_drafted for speculation in told)
            if params.temperature == 0:
                assert all(speculation.n_accepted == speculation.n_drafted for speculation in told if speculation)


@pytest.mark.parametrize("kind", ["mtp", "eagle3"])
def test_beside_requests_without_and_cancelled_ones(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)
    model, predictor = model_of(kind, tmp_path)
    options = {**EXACT, "n_threads": 1}
    params = replace(PARAMS[1], max_tokens=60)
    alone = model.context(n_ctx=256, **options)
    wanted = [generate(Sequence(alone), prompt, params).tokens for prompt in PROMPTS]
    with Engine(model, n_ctx=1024, n_parallel=3, **options) as engine:
        streams = [
            (i, engine.submit(Request(prompt=prompt, params=params, predictor=given)))
            for i, prompt in enumerate(PROMPTS)
            for given in (predictor, None)
        ]
        for _, stream in streams[::3]:
            next(stream)
            stream.cancel()
        for i, stream in streams:
            completion = stream.completion()
            assert completion.tokens == wanted[i][: len(completion.tokens)]
            assert completion.finish.reason == "cancelled" or len(completion.tokens) == 60
