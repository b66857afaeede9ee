"""A state saved and restored, beside llama.cpp's own functions on the same context.

python benchmarks/state.py [--tokens 600] [--pairs 31] [--first 7] [--model NAME-OR-PATH] [--folder FOLDER] [--wall]

Ours include what C's do not: the header, the checksum, and a file that is there whole or not at all. A fresh buffer is
one whose pages the system has to make; `recycled` shows what it is like in memory that was just given back, and
`first` what the very first call of a process takes, each in a process of its own, in turns. Time is
that of the processor: on a machine with other work to do, whoever is a little longer than a slice of time waits for a
whole one. Exits 1 when a ratio misses its mark.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from paired import interleave

from llamacffi import Batch, Context, Model, State, ffi, hub, lib

TO_BYTES = 0.8
SAVE = 0.6
LOAD = 1 / 4  # C's llama_state_seq_set_data neither reads a file nor checks anything
Clock = Callable[[], float]

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--tokens", type=int, default=600)
    parser.add_argument("--pairs", type=int, default=31)
    parser.add_argument("--first", type=int, default=7, help="pairs of processes that measure their first call")
    parser.add_argument("--folder", type=Path, help="where the files go; a temporary folder when not given")
    parser.add_argument("--wall", action="store_true", help="measure by the clock on the wall, on an idle machine")
    parser.add_argument("--measure", choices=list(FIRST), help=argparse.SUPPRESS)  # what such a process is told
    options = parser.parse_args()
    clock = time.perf_counter if options.wall else time.thread_time

    recycle(0)  # from here on every large buffer is fresh
    n_ctx = options.tokens + 8
    with (
        Model(hub.resolve(options.model)) as model,
        model.context(n_ctx=n_ctx, n_batch=n_ctx) as context,
        tempfile.TemporaryDirectory(dir=options.folder) as folder,
    ):
        tokens = [100 + i * 7919 % 30_000 for i in range(options.tokens)]
        batch = Batch(n_ctx)
        batch.extend(tokens)
        context.decode(batch)
        if options.measure is not None:
            print(FIRST[options.measure](context, tokens, clock))
            return
        good = first(options)
        good &= copied(context, tokens, clock, options.pairs)
        good &= saved(context, tokens, Path(folder), clock, options.pairs)
    sys.exit(not good)


def first_of_ours(context: Context, tokens: list[int], clock: Clock) -> float:
    begin = clock()
    data = context.snapshot(0, tokens=tokens).to_bytes()
    return len(data) / (clock() - begin) / 1e9


def first_of_c(context: Context, clock: Clock) -> float:
    begin = clock()
    size: int = lib.llama_state_seq_get_size(context.ptr, 0)
    written = lib.llama_state_seq_get_data(context.ptr, ffi.from_buffer("uint8_t[]", np.empty(size, np.uint8)), size, 0)
    duration = clock() - begin
    assert written == size
    return size / duration / 1e9


FIRST: dict[str, Callable[[Context, list[int], Clock], float]] = {
    "ours": first_of_ours,
    "np.empty": lambda context, _tokens, clock: first_of_c(context, clock),
}


def first(options: argparse.Namespace) -> bool:
    """The first call of a process, ours and C's in turns."""
    command = [sys.executable, __file__, "--model", options.model, "--tokens", str(options.tokens)]
    command += ["--wall"] if options.wall else []

    def run(name: str) -> float:
        return float(subprocess.run([*command, "--measure", name], check=True, capture_output=True, text=True).stdout)

    if not options.first:
        return True
    rounds = interleave(lambda: run("ours"), lambda: run("np.empty"), pairs=options.first)
    rival = "llama_state_seq_get_data into np.empty"
    return rounds.report("snapshot().to_bytes(), first", rival, "GB/s", at_least=TO_BYTES)


def copied(context: Context, tokens: list[int], clock: Clock, pairs: int) -> bool:
    size: int = lib.llama_state_seq_get_size(context.ptr, 0)
    print(f"{len(tokens)} tokens, {size / 1e6:.1f} MB")

    def get(make: Callable[[int], Any]) -> None:
        data = make(size)
        assert lib.llama_state_seq_get_data(context.ptr, ffi.from_buffer("uint8_t[]", data), size, 0) == size

    ours = speed(lambda: context.snapshot(0, tokens=tokens).to_bytes(), size, clock)
    # An ordinary buffer as malloc gives it, and NumPy's, which asks for huge pages, as we do.
    rivals = {
        "np.empty": speed(partial(get, partial(np.empty, dtype=np.uint8)), size, clock),
        "bytes": speed(partial(get, bytes), size, clock),
    }
    print(f"the first snapshot().to_bytes(): {ours():.4g} GB/s", *(f"{n}: {r():.4g} GB/s" for n, r in rivals.items()))
    good = True
    for label, mark in (("fresh", TO_BYTES), ("recycled", None)):
        if mark is None and not recycle(size):
            break
        for name, theirs in rivals.items():
            rival = f"llama_state_seq_get_data into {name}"
            rounds = interleave(ours, theirs, pairs=pairs)
            good &= rounds.report(f"snapshot().to_bytes(), {label}", rival, "GB/s", at_least=mark)
    return good


def recycle(size: int) -> bool:
    """Have glibc keep blocks of twice this size when they are freed, or give them all back to the system."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, TypeError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, max(2 * size, 1 << 20)) and mallopt(M_TRIM_THRESHOLD, 8 * size))


def saved(context: Context, tokens: list[int], folder: Path, clock: Clock, pairs: int) -> bool:
    path, c_path = folder / "ours.state", folder / "theirs.state"
    c_tokens = ffi.new("llama_token[]", tokens)
    state = context.snapshot(0, tokens=tokens)
    size = len(state)

    def c_save() -> None:
        assert lib.llama_state_seq_save_file(context.ptr, str(c_path).encode(), 0, c_tokens, len(tokens))

    rival = speed(c_save, size, clock)
    ours = speed(lambda: context.snapshot(0, tokens=tokens).save(path, fsync=False), size, clock)
    rounds = interleave(ours, rival, pairs=pairs)
    good = rounds.report("snapshot().save(fsync=False)", "llama_state_seq_save_file", "GB/s", at_least=SAVE)
    rounds = interleave(speed(lambda: state.save(path, fsync=False), size, clock), rival, pairs=pairs)
    rounds.report("save(fsync=False) alone", "llama_state_seq_save_file", "GB/s")

    warm = np.frombuffer(state.payload, np.uint8).copy()
    source = ffi.from_buffer("uint8_t[]", warm)

    def c_set() -> None:
        assert lib.llama_state_seq_set_data(context.ptr, source, size, 0) == size

    rounds = interleave(
        speed(lambda: context.restore(State.load(path)), size, clock), speed(c_set, size, clock), pairs=pairs
    )
    good &= rounds.report("restore(load()), checked", "llama_state_seq_set_data", "GB/s", at_least=LOAD)
    assert bytes(context.snapshot(0).payload) == bytes(state.payload)
    return good


def speed(work: Callable[[], object], size: int, clock: Clock) -> Callable[[], float]:
    def measured() -> float:
        begin = clock()
        work()
        return size / (clock() - begin) / 1e9

    return measured


if __name__ == "__main__":
    main()
