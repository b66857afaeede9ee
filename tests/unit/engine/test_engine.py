"""The engine with its thread: many callers, cancels, faults, closing."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamacffi import ClosedError, ContextOverflow, GrammarError, Model, SamplingParams, Sequence, generate
from llamacffi.engine import Engine, EngineObserver, Request
from tests.models import ScriptedModel
from tests.threads import Threads
from tests.unit.engine.alone import EXACT, Alone


def asks(n: int, *, seed: int = 0, max_tokens: int = 20) -> list[tuple[tuple[int, ...], SamplingParams]]:
    rng = random.Random(seed)
    shared = [rng.randrange(5, 400) for _ in range(50)]
    return [
        (
            (*shared[: rng.randrange(50)], *(rng.randrange(5, 400) for _ in range(rng.randrange(1, 12)))),
            SamplingParams(seed=i, max_tokens=rng.randrange(1, max_tokens), ignore_eos=True),
        )
        for i in range(n)
    ]


def test_generate_keeps_the_order(engine: Engine, alone: Alone) -> None:
    asked = asks(20)
    completions = engine.generate([Request(prompt=prompt, params=params) for prompt, params in asked])
    for (prompt, params), completion in zip(asked, completions, strict=True):
        alone.check(prompt, params, completion)
    stats = engine.stats()
    assert stats.n_finished == 20
    assert stats.n_running == stats.n_waiting == stats.n_failed == 0
    assert stats.completion_tokens == sum(completion.usage.completion_tokens for completion in completions)
    assert stats.cached_tokens == sum(completion.usage.cached_tokens for completion in completions)
    assert sum(stats.steps_by_seconds) == stats.n_steps


def test_map_takes_no_more_than_it_needs(engine: Engine) -> None:
    taken = 0

    def prompts() -> Iterator[list[int]]:
        nonlocal taken
        for i in range(1000):
            taken += 1
            yield [5, 6, 7 + i % 50]

    answers = engine.map(prompts(), SamplingParams(max_tokens=2))
    for _ in range(10):
        next(answers)
    assert taken < 40
    answers.close()


def test_a_second_turn_finds_the_first(engine: Engine) -> None:
    prompt = list(range(5, 60))
    first = engine.generate([prompt], SamplingParams(temperature=0, max_tokens=8, ignore_eos=True))[0]
    assert first.usage.cached_tokens == 0
    second = engine.generate([[*prompt, *first.tokens, 9, 9]], SamplingParams(temperature=0, max_tokens=1))[0]
    # The last token that was sampled was never decoded.
    assert second.usage.cached_tokens == len(prompt) + len(first.tokens) - 1


def test_salts_keep_callers_apart(engine: Engine) -> None:
    params = SamplingParams(max_tokens=1)
    prompt = list(range(5, 60))
    n_cached = [
        engine.submit(Request(prompt=prompt, params=params, cache_salt=salt)).completion().usage.cached_tokens
        for salt in ("a", "b", "a", None)
    ]
    assert n_cached == [0, 0, len(prompt) - 1, 0]


def test_eight_prompts_decode_a_shared_prefix_once(alone: Alone) -> None:
    prefix = list(range(5, 105))
    with Engine(alone.model, n_ctx=512, n_parallel=8, **EXACT) as engine:
        engine.generate([[*prefix, 300 + i] for i in range(8)], SamplingParams(max_tokens=1))
        assert engine.stats().n_tokens == 100 + 8


def test_higher_priority_goes_first(alone: Alone) -> None:
    begun: list[Request] = []

    class Noting(EngineObserver):
        def started(self, request: Request, *, waited: float, cached_tokens: int) -> None:
            begun.append(request)

    with Engine(alone.model, n_ctx=256, n_parallel=1, observer=Noting(), **EXACT) as engine:
        blocker = Request(prompt=[5], params=SamplingParams(max_tokens=150, ignore_eos=True, logits_processor=[_slow]))
        streams = [engine.submit(blocker)]
        streams[0].read()
        params = SamplingParams(max_tokens=20, ignore_eos=True)
        low, high = (Request(prompt=[6, 7], params=params, priority=p) for p in (0, 1))
        streams += [engine.submit(low), engine.submit(high)]
        for stream in streams:
            stream.completion(60.0)
    assert [begun.index(one) for one in (blocker, high, low)] == [0, 1, 2]


def _slow(_tokens: object, _logits: object) -> None:
    time.sleep(0.002)


def test_the_oldest_request_never_makes_room(alone: Alone) -> None:
    """Also when what came later is more urgent."""
    with Engine(alone.model, n_ctx=256, n_parallel=2, **EXACT) as engine:
        params = SamplingParams(max_tokens=200, ignore_eos=True)
        oldest = engine.submit(Request(prompt=[5], params=params))
        oldest.read()
        urgent = engine.submit(Request(prompt=[6], params=params, priority=5))
        urgent.completion(), oldest.completion()
        assert engine.stats().n_preempted
        assert not [event for event, _ in oldest.trace if "room" in event]


def test_what_a_slow_reader_missed_comes_at_once(engine: Engine, alone: Alone) -> None:
    prompt, params = (5, 6, 7), SamplingParams(seed=1, max_tokens=30, ignore_eos=True)
    stream = engine.submit(prompt, params)
    while stream.status != "done":
        time.sleep(0.001)
    chunk = stream.read()
    assert chunk is not None
    assert chunk.tokens == alone.completion(prompt, params).tokens
    assert chunk.finish_reason == "length"
    assert stream.read() is None


def test_cancel(engine: Engine) -> None:
    params = SamplingParams(max_tokens=10_000, ignore_eos=True)
    stream = engine.submit([5], params)
    stream.read()
    stream.cancel()
    assert stream.completion().finish_reason == "cancelled"
    stream.cancel()
    assert engine.stats().n_cancelled == 1


def test_an_answer_that_nobody_can_read_ends(engine: Engine) -> None:
    stream = engine.submit([5], SamplingParams(max_tokens=200, ignore_eos=True))
    stream.read()
    del stream
    gc.collect()
    until = time.monotonic() + 10
    while engine.stats().n_running and time.monotonic() < until:
        time.sleep(0.001)
    assert engine.stats().completion_tokens < 200


def test_timeout(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=100_000, n_parallel=1, **EXACT) as engine:
        params = SamplingParams(max_tokens=99_000, ignore_eos=True)
        running, waiting = (engine.submit(Request(prompt=[5], params=params, timeout=0.2)) for _ in range(2))
        assert running.completion().finish_reason == "time"
        assert waiting.completion().finish_reason == "time"
        assert len(waiting.completion().tokens) < len(running.completion().tokens)


def test_read_with_a_timeout(engine: Engine) -> None:
    stream = engine.submit([5], SamplingParams(max_tokens=1))
    stream.completion(timeout=60)
    assert stream.read(timeout=0) is None
    with Engine(engine.model, n_ctx=100_000, n_parallel=1, **EXACT) as busy:
        first = busy.submit([5], SamplingParams(max_tokens=99_000, ignore_eos=True))
        second = busy.submit([5], SamplingParams(max_tokens=1))
        with pytest.raises(TimeoutError, match="the request is waiting"):
            second.read(timeout=0.01)
        first.cancel()
        assert len(second.completion().tokens) == 1


def test_who_wants_the_whole_is_told_at_the_end_alone(engine: Engine) -> None:
    def woken(*, patient: bool) -> int:
        stream = engine.submit([5], SamplingParams(max_tokens=200, ignore_eos=True))
        stream.patient = patient
        calls: list[bool] = []
        stream.notify = lambda: calls.append(stream.status == "done")
        tokens = [token for chunk in stream for token in chunk.tokens]
        assert tokens == list(stream.completion().tokens)
        assert len(tokens) == 200
        assert calls[-1]
        return len(calls)

    assert woken(patient=True) == 1
    assert woken(patient=False) > 1


def test_only_the_request_at_fault_fails(engine: Engine, alone: Alone) -> None:
    def broken(tokens: object, logits: object) -> None:
        message = "no luck"
        raise RuntimeError(message)

    def stuck(_progress: object) -> bool:
        message = "no idea when to stop"
        raise KeyError(message)

    prompt, params = asks(1)[0]
    good = [engine.submit(prompt, params) for _ in range(3)]
    processor = engine.submit(prompt, SamplingParams(logits_processor=broken, ignore_eos=True))
    criterion = engine.submit(prompt, SamplingParams(stopping_criteria=stuck))
    with pytest.raises(RuntimeError, match="no luck"):
        processor.completion()
    with pytest.raises(KeyError, match="no idea"):
        criterion.completion()
    for stream in good:
        alone.check(prompt, params, stream.completion())
    assert engine.stats().n_failed == 2


@pytest.mark.parametrize(
    ("prompt", "params", "error", "text"),
    [
        ([], SamplingParams(), ValueError, "the prompt is empty"),
        (list(range(257)), SamplingParams(), ContextOverflow, "257 tokens"),
        ([1], SamplingParams(grammar="root ::= ("), GrammarError, "grammar"),
        ([1], SamplingParams(prompt_logprobs=100_000), ValueError, "logprobs is 100000"),
    ],
)
def test_bad_requests_are_refused_at_once(
    engine: Engine, prompt: list[int], params: SamplingParams, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        engine.submit(prompt, params)


def test_token_healing(engine: Engine, scripted: ScriptedModel) -> None:
    params = SamplingParams(temperature=0, max_tokens=8, token_healing=True)
    with Model(scripted.path) as model, Engine(model, n_ctx=256, **EXACT) as healing:
        text = scripted.script.text[:20]
        with model.context(n_ctx=256, **EXACT) as context:
            alone = generate(Sequence(context), text, params)
        assert healing.generate([text], params)[0].text == alone.text


def test_bad_options(alone: Alone) -> None:
    for name, value in (("n_ctx", 0), ("n_parallel", -1), ("n_seq_max", 257), ("n_parallel", "2")):
        with pytest.raises(ValueError, match=name):
            Engine(alone.model, **{name: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="timeout is 0"):
        Request(prompt=[1], timeout=0)


def test_close_fails_what_is_not_answered(alone: Alone) -> None:
    engine = Engine(alone.model, n_ctx=100_000, n_parallel=1, **EXACT)
    streams = [engine.submit([5], SamplingParams(max_tokens=90_000, ignore_eos=True)) for _ in range(3)]
    streams[0].read()
    engine.close()
    for stream in streams:
        with pytest.raises(ClosedError):
            stream.completion()
    assert engine.closed
    engine.close()
    with pytest.raises(ClosedError):
        engine.submit([5])


def test_an_engine_that_nobody_holds_ends(alone: Alone) -> None:
    threads = Threads()
    engine = Engine(alone.model, n_ctx=256, **EXACT)
    engine.generate([[5, 6]], SamplingParams(max_tokens=3))
    del engine
    gc.collect()
    threads.check_ended(10)


def test_two_engines_take_turns(alone: Alone) -> None:
    asked = asks(10)
    with Engine(alone.model, n_ctx=256, **EXACT) as one, Engine(alone.model, n_ctx=256, **EXACT) as two:
        streams = [engine.submit(prompt, params) for prompt, params in asked for engine in (one, two)]
        for i, stream in enumerate(streams):
            alone.check(*asked[i // 2], stream.completion())


@pytest.mark.parametrize("how", ["", "engine.close(); ", "del engine; "])
def test_the_process_ends_while_it_runs(tiny_llama: Path, how: str) -> None:
    code = f"""
    from llamacffi import Model, SamplingParams
    from llamacffi.engine import Engine
    engine = Engine(Model({str(tiny_llama)!r}), n_ctx=100_000, n_threads=1)
    stream = engine.submit([5], SamplingParams(max_tokens=90_000, ignore_eos=True))
    stream.read()
    {how}print("over")
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "over\n", "")


def test_a_child_of_fork_is_refused(tiny_llama: Path) -> None:
    code = f"""
    import os
    from llamacffi import ClosedError, Model, SamplingParams
    from llamacffi.engine import Engine
    engine = Engine(Model({str(tiny_llama)!r}), n_ctx=256, n_threads=1)
    pid = os.fork()
    if pid == 0:
        try:
            engine.submit([5])
        except ClosedError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    print(len(engine.submit([5], SamplingParams(max_tokens=3, ignore_eos=True)).completion().tokens))
    """
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "3\n"), run.stderr


def test_the_same_answer_is_kept_once(engine: Engine) -> None:
    params = SamplingParams(temperature=0, max_tokens=12, ignore_eos=True)
    prompt = [1, 40, 99, 300]
    for _ in range(4):
        assert len(engine.generate([prompt], params)[0].tokens) == 12
    stats = engine.stats()
    assert (stats.n_kept, stats.cells_kept) == (1, len(prompt) + 11)  # the last token is not decoded
