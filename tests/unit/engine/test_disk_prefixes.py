"""Prefixes in a folder: what engines of other lives and other processes find there."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Engine, Model, Request, SamplingParams
from llamacffi.core.state import State
from llamacffi.engine.disk_prefixes import DiskPrefixes
from llamacffi.engine.stored import Kin, PrefixStore, Stored
from tests.models import write_mamba
from tests.unit.engine.alone import EXACT, Alone

PROMPT = tuple(range(5, 105))
PARAMS = SamplingParams(temperature=0, max_tokens=5, ignore_eos=True)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.state"))


def asked(
    model: Model, store: PrefixStore | None, *prompts: tuple[int, ...], **options: Any
) -> list[tuple[tuple[int, ...], int]]:
    """What an engine that knows nothing answers, and how many tokens it found each time."""
    request = {name: options.pop(name) for name in ("cache_salt", "adapters") if name in options}
    answers = []
    with Engine(model, n_ctx=256, n_parallel=2, prefix_store=store, **{**EXACT, **options}) as engine:
        for prompt in prompts:
            done = engine.submit(Request(prompt=prompt, params=PARAMS, **request)).completion(60)
            answers.append((tuple(done.tokens), done.usage.cached_tokens))
            if isinstance(store, DiskPrefixes):
                store.flush()
    return answers


def test_another_engine_finds_it(alone: Alone, tmp_path: Path) -> None:
    expected = tuple(alone.completion(PROMPT, PARAMS).tokens)
    assert asked(alone.model, DiskPrefixes(tmp_path), PROMPT) == [(expected, 0)]
    (path,) = files(tmp_path)
    assert State.load(path).tokens == PROMPT + expected[:-1]  # what was decoded
    assert asked(alone.model, DiskPrefixes(tmp_path), PROMPT) == [(expected, 99)]
    longer, other = (*PROMPT, *expected, 300), (*PROMPT[:60], 300)
    answers = [tuple(alone.completion(prompt, PARAMS).tokens) for prompt in (longer, other)]
    assert asked(alone.model, DiskPrefixes(tmp_path), longer) == [(answers[0], 104)]
    assert asked(alone.model, DiskPrefixes(tmp_path), other) == [(answers[1], 60)]


def test_what_begins_alike_is_written_when_enough_of_it_is_new(alone: Alone, tmp_path: Path) -> None:
    store, expected = DiskPrefixes(tmp_path), tuple(alone.completion(PROMPT, PARAMS).tokens)
    asked(alone.model, store, PROMPT, (*PROMPT, 300), PROMPT[:50])
    assert len(files(tmp_path)) == 1
    asked(alone.model, store, (*PROMPT[:50], *range(300, 340)))
    assert len(files(tmp_path)) == 2
    asked(alone.model, store, (*PROMPT, *expected, *range(300, 340)))  # it takes the place of the first
    assert sorted(len(State.load(path).tokens) for path in files(tmp_path)) == [94, 149]


@pytest.mark.parametrize("change", [{"cache_salt": "a"}, {"type_k": "f16"}, {"rope_freq_base": 5000.0}])
def test_what_is_computed_otherwise_is_not_found(alone: Alone, tmp_path: Path, change: dict[str, Any]) -> None:
    asked(alone.model, DiskPrefixes(tmp_path), PROMPT)
    assert asked(alone.model, DiskPrefixes(tmp_path), PROMPT, **change)[0][1] == 0
    assert asked(alone.model, DiskPrefixes(tmp_path), PROMPT, **change)[0][1] == 99
    assert asked(alone.model, DiskPrefixes(tmp_path), PROMPT)[0][1] == 99
    assert len(files(tmp_path)) == 2


def test_a_model_with_other_metadata(tiny_llama: Path, alone: Alone, tmp_path: Path) -> None:
    asked(alone.model, DiskPrefixes(tmp_path), PROMPT)
    with Model(tiny_llama, kv_overrides={"llama.rope.freq_base": 5000.0}) as model:
        ((answer, n_found),) = asked(model, DiskPrefixes(tmp_path), PROMPT)
        assert n_found == 0
        assert answer != tuple(alone.completion(PROMPT, PARAMS).tokens)


def test_a_model_that_keeps_a_state(tmp_path: Path) -> None:
    alone = Alone(write_mamba(tmp_path / "mamba.gguf"), 256)
    first = tuple(alone.completion(PROMPT, PARAMS).tokens)
    longer = (*PROMPT, *first, 300)
    second = tuple(alone.completion(longer, PARAMS).tokens)
    folder = tmp_path / "prefixes"
    asked(alone.model, DiskPrefixes(folder), PROMPT)
    assert asked(alone.model, DiskPrefixes(folder), PROMPT, longer) == [(first, 0), (second, 104)]
    alone.model.close()


def test_capacity(alone: Alone, tmp_path: Path) -> None:
    asked(alone.model, DiskPrefixes(tmp_path), PROMPT)
    size = files(tmp_path)[0].stat().st_size
    prompts = [tuple(range(first, first + 100)) for first in range(105, 405, 100)]
    store = DiskPrefixes(tmp_path, max_bytes=2 * size + 1000)
    for prompt in prompts:
        asked(alone.model, DiskPrefixes(tmp_path), PROMPT)  # somebody else makes use of it now and then
        asked(alone.model, store, prompt)
        time.sleep(0.02)
    assert store.n_bytes <= store.max_bytes
    assert {State.load(path).tokens[:100] for path in files(tmp_path)} == {PROMPT, prompts[-1]}
    small = DiskPrefixes(tmp_path / "small", max_bytes=size - 10)
    asked(alone.model, small, PROMPT, prompts[0])
    assert files(tmp_path / "small") == []


@pytest.mark.parametrize("place", [0, 100, -1])
def test_one_that_is_damaged(alone: Alone, tmp_path: Path, caplog: pytest.LogCaptureFixture, place: int) -> None:
    asked(alone.model, DiskPrefixes(tmp_path), PROMPT)
    (path,) = files(tmp_path)
    store = DiskPrefixes(tmp_path)  # which has read its header
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    expected = tuple(alone.completion(PROMPT, PARAMS).tokens)
    with caplog.at_level(logging.WARNING, "llamacffi"):
        assert asked(alone.model, store, PROMPT) == [(expected, 0)]
    assert f"{path.name} in {tmp_path} is removed" in caplog.text
    store.flush()
    assert asked(alone.model, DiskPrefixes(tmp_path), PROMPT) == [(expected, 99)]  # it was written anew


@pytest.mark.parametrize("content", [b"", b"nothing of ours", None])
def test_a_file_that_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None) -> None:
    ours, others = tmp_path / f"{'a' * 32}-{'b' * 32}.state", tmp_path / "notes.state"
    others.write_bytes(b"others'")
    unfinished = [tmp_path / f".{ours.name}.{n}" for n in range(2)]
    for path in unfinished:
        path.write_bytes(b"half")
    os.utime(unfinished[0], (0, 0))
    if content is not None:
        ours.write_bytes(content)
    with caplog.at_level(logging.WARNING, "llamacffi"):
        store = DiskPrefixes(tmp_path)
    assert (ours.name in caplog.text) == (content is not None)
    store.write(Kin("c" * 32, whole=True), [1], Path.touch, 1)
    there = {path.name for path in tmp_path.iterdir() if "c" * 32 not in path.name}
    assert there == {others.name, unfinished[1].name}


def test_one_that_somebody_removes(alone: Alone, tmp_path: Path) -> None:
    asked(alone.model, DiskPrefixes(tmp_path), PROMPT)
    store = DiskPrefixes(tmp_path)
    files(tmp_path)[0].unlink()
    assert asked(alone.model, store, PROMPT)[0][1] == 0
    store.clear()
    assert (files(tmp_path), store.n_bytes) == ([], 0)


def test_what_another_one_writes_is_found_while_it_is_open(alone: Alone, tmp_path: Path) -> None:
    store = DiskPrefixes(tmp_path)
    asked(alone.model, DiskPrefixes(tmp_path), PROMPT)
    store.find(Kin("c" * 32, whole=False), PROMPT)  # a request that finds nothing looks what is new
    store.flush()
    assert asked(alone.model, store, PROMPT)[0][1] == 99


def test_a_folder_that_cannot_be_written(
    alone: Alone, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(State, "save", full)
    with caplog.at_level(logging.WARNING, "llamacffi"):
        asked(alone.model, DiskPrefixes(tmp_path), PROMPT)
    assert "a prefix of 104 tokens could not be stored" in caplog.text
    assert "No space left on device" in caplog.text
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="exists"):
        DiskPrefixes(tmp_path / "file")


class Broken:
    """A store that raises."""

    at_once = True

    def wants(self, kin: Kin, tokens: Any) -> bool:
        raise KeyError("wants")

    def add(self, kin: Kin, tokens: Any, state: State) -> None:
        raise AssertionError

    def find(self, kin: Kin, tokens: Any, *, beyond: int) -> Stored | None:
        raise KeyError("find")


def test_what_a_store_raises_is_no_failure(alone: Alone, caplog: pytest.LogCaptureFixture) -> None:
    expected = tuple(alone.completion(PROMPT, PARAMS).tokens)
    with caplog.at_level(logging.ERROR, "llamacffi"):
        assert asked(alone.model, Broken(), PROMPT) == [(expected, 0)]
    assert caplog.text.count("KeyError") >= 2
    with pytest.raises(TypeError, match="prefix_store is 5, but must have at_once"):
        Engine(alone.model, n_ctx=256, prefix_store=5, **EXACT)  # type: ignore[arg-type]


def test_it_can_be_changed(alone: Alone, tmp_path: Path) -> None:
    store = DiskPrefixes(tmp_path)
    with Engine(alone.model, n_ctx=256, n_parallel=2, **EXACT) as engine:
        assert engine.prefix_store is None
        engine.submit(PROMPT, PARAMS).completion(60)
        engine.prefix_store = store
        assert engine.prefix_store is store
        engine.submit(PROMPT, PARAMS).completion(60)
        engine.prefix_store = None
        engine.submit(tuple(range(200, 300)), PARAMS).completion(60)
    store.flush()
    assert [State.load(path).tokens[:100] for path in files(tmp_path)] == [PROMPT]


_PROCESS = """
import sys
from llamacffi import Engine, Model, SamplingParams
from llamacffi.engine.disk_prefixes import DiskPrefixes
path, folder, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = DiskPrefixes(folder, max_bytes=400_000)
params = SamplingParams(temperature=0, max_tokens=5, ignore_eos=True)
with Model(path) as model, Engine(model, n_ctx=256, n_parallel=2, prefix_store=store, n_threads=1) as engine:
    for i in range(12):
        begin = 5 + (first + 7 * i) % 300
        engine.submit(tuple(range(begin, begin + 100)), params).completion(60)
        assert store.n_bytes < 800_000
"""


@pytest.fixture
def processes(tiny_llama: Path, tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    made = [
        subprocess.Popen(
            [sys.executable, "-c", _PROCESS, str(tiny_llama), str(tmp_path), str(20 * i)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for i in range(3)
    ]
    yield made
    for process in made:
        process.kill()
        process.communicate()


def test_several_processes(
    tmp_path: Path, processes: list[subprocess.Popen[str]], caplog: pytest.LogCaptureFixture
) -> None:
    for process in processes:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert "removed" not in err
    with caplog.at_level(logging.WARNING, "llamacffi"):
        store = DiskPrefixes(tmp_path, max_bytes=400_000)
    assert caplog.text == ""
    assert 0 < store.n_bytes <= store.max_bytes
    for path in files(tmp_path):
        assert len(State.load(path).payload)
