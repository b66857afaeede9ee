"""Pictures in an engine that are not decoded as text is: other positions, other sight, a window, a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest

from llamacffi import Completion, Engine, Request, SamplingParams, Sequence, generate
from llamacffi.core.media_tokens import MediaToken, n_positions, row_of
from llamacffi.core.projector import MediaChunk
from llamacffi.core.state import State
from llamacffi.engine.media import Encoder
from llamacffi.errors import ContextError, ContextOverflow, MediaError
from tests.capabilities import needs
from tests.media import KINDS, OPTIONS, Seer, picture, seer

pytestmark = needs("mtmd's parts")
PARTS: list[Any] = ["Look: ", picture(1), " and then ", picture(2, 33, 90), " what is it?"]
GREEDY = SamplingParams(temperature=0, max_tokens=10, ignore_eos=True, logprobs=0)
SHORT = SamplingParams(temperature=0, max_tokens=1, ignore_eos=True)
PATIENCE = 60.0


@pytest.fixture(scope="module", params=KINDS)
def eyes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seer]:
    with seer(request.param, tmp_path_factory.mktemp("seer")) as found:
        yield found


@pytest.fixture(scope="module")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seer]:
    with seer("gemma3", tmp_path_factory.mktemp("gemma")) as found:
        yield found


def made_alone(eyes: Seer, prompt: list[int], params: SamplingParams = GREEDY) -> Completion:
    """What a sequence answers that nobody else has used."""
    with eyes.context(n_batch=256) as context:
        return generate(Sequence(context), prompt, params)


def engine_of(eyes: Seer, **options: Any) -> Engine:
    return Engine(eyes.model, **{"n_ctx": 1024, "n_parallel": 4, "swa_full": False, **OPTIONS, **options})


def check(got: Completion, expected: Completion) -> None:
    assert got.tokens == expected.tokens
    assert [told.logprob for told in got.logprobs] == pytest.approx(
        [told.logprob for told in expected.logprobs], abs=2e-3
    )


def test_requests_that_share_a_picture(eyes: Seer) -> None:
    ends = ["what is it?", "who is it?", "where?", "what is it, then?"]
    prompts = [eyes.projector.prompt([*PARTS[:4], end]) for end in ends]
    n = min(i for i, each in enumerate(zip(*prompts, strict=False)) if len(set(each)) > 1)
    with engine_of(eyes) as engine:
        before = eyes.projector.n_encoded
        made = list(engine.generate(prompts, GREEDY))
        assert eyes.projector.n_encoded <= before + 2
        again = engine.submit(prompts[0], GREEDY).completion(PATIENCE)
        if not eyes.forgets:
            assert again.usage.cached_tokens == len(prompts[0]) - 1
            # They do not wait for the last 32 tokens that another one decodes.
            assert sorted(one.usage.cached_tokens >= n - 32 for one in made) == [False, True, True, True]
        assert eyes.projector.n_encoded <= before + 2
    for prompt, one in zip((*prompts, prompts[0]), (*made, again), strict=True):
        check(one, made_alone(eyes, prompt))
        assert one.usage.prompt_tokens == len(prompt)


@pytest.mark.parametrize(
    "options",
    [
        {"n_ctx": 256},
        {"n_ctx": 256, "n_batch": 10, "n_ubatch": 10, "n_seq_max": 4},
        {"n_ctx": 256, "host_bytes": 0, "n_idle": 0},
        {"n_batch": 16, "n_ubatch": 9},
    ],
)
def test_with_little_room(eyes: Seer, options: dict[str, Any]) -> None:
    parts: list[list[Any]] = [[f"{i} ", picture(i % 3), " or ", picture(2, 33, 90), f" so {i}"] for i in range(8)]
    prompts = [eyes.projector.prompt(one) for one in parts]
    params = SamplingParams(temperature=0, max_tokens=70, ignore_eos=True, logprobs=0)
    with engine_of(eyes, **options) as engine:
        made = list(engine.generate(prompts, params))
        n_preempted = engine.stats().n_preempted
    for prompt, one in zip(prompts, made, strict=True):
        check(one, made_alone(eyes, prompt, params))
    if options.get("n_ctx") == 256:
        assert n_preempted > 0


def test_cells_are_counted_not_positions(eyes: Seer) -> None:
    prompt = eyes.projector.prompt([picture(8, 160, 160), "abc"])
    n_ctx = 256
    long = [*prompt, *[300] * (n_ctx - len(prompt))]
    with engine_of(eyes, n_ctx=n_ctx) as engine:
        assert n_positions(long) <= len(long) == n_ctx
        made = engine.submit(long, SamplingParams(temperature=0, ignore_eos=True)).completion(PATIENCE)
        assert (made.finish_reason, len(made.tokens)) == ("length", 1)
        with pytest.raises(ContextOverflow):
            engine.submit([*long, 300], GREEDY)
        assert engine.stats().cells_used <= n_ctx
        check(engine.submit(prompt, GREEDY).completion(PATIENCE), made_alone(eyes, prompt))


@pytest.mark.parametrize("options", [{"n_ubatch": 8}, {"n_batch": 8, "n_seq_max": 4}])
def test_a_picture_that_is_decoded_at_once_must_fit(gemma: Seer, options: dict[str, Any]) -> None:
    prompt = gemma.projector.prompt(PARTS)
    n_encoded = gemma.projector.n_encoded
    with engine_of(gemma, **options) as engine:
        with pytest.raises(ContextError, match="is decoded at once, but n_ubatch=8 and n_batch="):
            engine.submit(prompt, GREEDY)
        stats = engine.stats()
        assert (stats.n_tokens, stats.n_waiting, stats.n_running) == (0, 0, 0)
        text = gemma.projector.prompt(["only text"])
        check(engine.submit(text, GREEDY).completion(PATIENCE), made_alone(gemma, text))
    assert gemma.projector.n_encoded == n_encoded


def test_text_beside_pictures_sees_as_text_does(gemma: Seer) -> None:
    text = gemma.projector.prompt(["only text, and a good deal of it, " * 3])
    prompts = [gemma.projector.prompt([picture(i), f"{i}"]) for i in range(6)]
    with engine_of(gemma, n_batch=16, n_ubatch=16, n_seq_max=8) as engine:
        streams = [engine.submit(one, GREEDY) for prompt in prompts for one in (prompt, text)]
        made = [stream.completion(PATIENCE) for stream in streams]
    for prompt, seen, read in zip(prompts, made[::2], made[1::2], strict=True):
        check(seen, made_alone(gemma, prompt))
        check(read, made_alone(gemma, text))


def test_what_was_cut_is_refused(eyes: Seer) -> None:
    prompt = eyes.projector.prompt(PARTS)
    start = next(i for i, token in enumerate(prompt) if token < 0)
    stop = start + row_of(prompt[start]).n_tokens
    with engine_of(eyes) as engine:
        for tokens in (prompt[start + 1 :], [*prompt[: stop - 1], 300], prompt[: start + 2] + prompt[stop - 2 :]):
            with pytest.raises(MediaError, match="it is decoded whole"):
                engine.submit(tokens, GREEDY)
        check(engine.submit(prompt, GREEDY).completion(PATIENCE), made_alone(eyes, prompt))


def test_saved_and_put_back(eyes: Seer) -> None:
    prompt = eyes.projector.prompt(PARTS)
    start = next(i for i, token in enumerate(prompt) if token < 0)
    stop = start + row_of(prompt[start]).n_tokens
    expected = made_alone(eyes, prompt)
    with engine_of(eyes) as engine:
        engine.submit(prompt, GREEDY).completion(PATIENCE)
        assert not any(isinstance(token, MediaToken) for token in engine.slots.look()[0].tokens)  # nor the picture
        state = State.from_bytes(engine.slots.save(0).to_bytes())
    with eyes.context(n_seq_max=16, kv_unified=True) as context:  # as the engine's
        sequence = Sequence(context)
        sequence.feed(prompt[:stop])
        ends_with_picture = sequence.snapshot()
    for one in (state, ends_with_picture):
        with engine_of(eyes) as engine:
            assert engine.slots.load(1, one) == len(one.tokens)
            made = engine.submit(prompt, GREEDY).completion(PATIENCE)
            assert made.usage.cached_tokens == min(len(one.tokens), len(prompt) - 1) or eyes.forgets
            check(made, expected)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_storm(eyes: Seer, seed: int) -> None:
    random = np.random.RandomState(seed)
    media = [picture(i, height, width) for i, (height, width) in enumerate([(40, 56), (33, 90), (20, 20)])]
    prompts, parts = list[list[int]](), list[Any]()
    for _ in range(24):
        parts = parts[: random.randint(len(parts) + 1)]
        for _ in range(random.randint(1, 4)):
            parts.append(media[random.randint(3)] if random.randint(2) else "abcdef"[: random.randint(1, 6)])
        parts = parts[:6]
        prompts.append(eyes.projector.prompt([*parts, "so"]))
    options: dict[str, Any] = {"n_ctx": 512, "n_batch": 24, "n_ubatch": 12, "n_seq_max": 6, "step_seconds": 0.005}
    with engine_of(eyes, **options) as engine:
        requests = [Request(prompt=prompt, params=GREEDY, priority=int(random.randint(3))) for prompt in prompts]
        streams = [engine.submit(request) for request in requests]
        for i in random.choice(len(streams), 6, replace=False):
            streams[i].cancel()
        made = [stream.completion(PATIENCE) for stream in streams]
    for prompt, one in zip(prompts, made, strict=True):
        expected = made_alone(eyes, prompt)
        if one.finish_reason == "cancelled":
            assert one.tokens == expected.tokens[: len(one.tokens)]
        else:
            check(one, expected)


class Asker:
    """What an `Encoder` wants of a task."""

    def __init__(self, chunk: MediaChunk, *, cancelled: bool = False) -> None:
        self.next_chunk, self.cancelled = chunk, cancelled
        self.encoded: dict[str, Any] = {}
        self.n_past, self.layout = 0, self

    def chunks(self, n: int) -> list[MediaChunk]:
        return [self.next_chunk]


def test_who_asks_for_a_picture_that_was_just_given_up(gemma: Seer, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[Callable[[], None]] = []
    chunk = gemma.chunk(picture(78))
    with gemma.context() as context:
        encoder = Encoder(context, lambda: None)
        monkeypatch.setattr(ThreadPoolExecutor, "submit", lambda _, job, *args: jobs.append(partial(job, *args)))
        gone: Any = Asker(chunk, cancelled=True)
        late: Any = Asker(chunk)
        assert not encoder.ready(gone)
        jobs.pop()()
        assert not encoder.ready(late)
        assert encoder.collect() == []
        assert not encoder.ready(late)
        jobs.pop()()
        assert encoder.collect() == []
        assert not jobs
        assert encoder.ready(late)
        assert np.array_equal(late.encoded[chunk.key], gemma.projector.encode(chunk))
        assert not encoder.busy
