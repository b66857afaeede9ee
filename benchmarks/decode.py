"""Single-stream generation, greedy and with the default samplers, beside the same steps in C, and beside llama-bench.

python build_ffi.py bench                       # builds both rivals, with the flags of the installed libraries
python benchmarks/decode.py [--threads 1 2] [--chains greedy default] [--pairs 11] [--tokens 128] [--model NAME-OR-PATH]

The C loop runs on the very context that llamacffi uses, from the same state; their texts must be equal. llama-bench
does not sample: it decodes given tokens. Exits 1 when a ratio misses its mark.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from paired import interleave

import llamacffi
from llamacffi import Model, SamplingParams, Sequence, ffi, hub, stream_generate

ROOT = Path(__file__).parents[1]
LIBRARIES = Path(llamacffi.__file__).parent / "_native" / "lib"
PROMPT = "Once upon a time, in a village by the sea,"

# ratio to the C loop by number of threads, and to llama-bench
C_LOOP = {1: 0.98, 2: 0.97}
LLAMA_BENCH = {1: 0.95}

CHAINS = {
    "greedy": SamplingParams(temperature=0, ignore_eos=True),
    "default": SamplingParams(seed=1, ignore_eos=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--chains", nargs="+", choices=list(CHAINS), default=list(CHAINS))
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--pairs", type=int, default=11)
    parser.add_argument("--build", type=Path, help="the CMake build folder; found under build/ when not given")
    options = parser.parse_args()
    path = hub.resolve(options.model)
    loop = c_loop(options.build)
    bench = built("llama-bench", options.build)

    good = True
    for threads in options.threads:
        with ready(path, threads) as sequence:
            for chain in options.chains:
                good &= beside_c(sequence, loop, threads, chain, options)
            good &= beside_llama_bench(sequence, bench, path, threads, options)
    sys.exit(not good)


def c_loop(build: Path | None) -> Any:
    loop = ctypes.CDLL(str(built("decode_loop.so", build))).lcffi_bench_decode
    loop.argtypes = [*[ctypes.c_void_p] * 3, ctypes.c_int32, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32]
    loop.restype = ctypes.c_int
    return loop


def built(name: str, folder: Path | None) -> Path:
    """A file that `build_ffi.py bench` has made; the newest, when there are several build folders."""
    found = [path for path in (folder or ROOT / "build").rglob(name) if path.is_file()]
    if not found:
        sys.exit(f"no {name} in {folder or ROOT / 'build'}: run `python build_ffi.py bench`")
    return max(found, key=lambda path: path.stat().st_mtime)


@contextmanager
def ready(path: Path, threads: int) -> Iterator[Sequence]:
    with Model(path) as model, model.context(n_ctx=512, n_threads=threads, n_threads_batch=threads) as context:
        yield Sequence(context)


def ours(sequence: Sequence, n: int, params: SamplingParams) -> tuple[float, str]:
    """Tokens per second of `n` steps after the first token, and the text; a step is decode, sample and spell."""
    text = []
    seen = 0
    begin = end = 0.0
    # The text of a token comes with its chunk; characters that need several tokens come with the last of them.
    for chunk in stream_generate(sequence, PROMPT, replace(params, max_tokens=n + 1)):
        end = time.perf_counter()
        seen += len(chunk.tokens)
        if not begin and seen:
            begin, first = end, seen
        text.append(chunk.text)
    return (seen - first) / (end - begin), "".join(text)


def theirs(sequence: Sequence, loop: Any, n: int, params: SamplingParams) -> tuple[float, str]:
    """The same in C: from the prompt's last logits on."""
    context = sequence.context
    vocab = context.model.vocab
    # Leaves the prompt and its first token, as `ours` had them when its clock began.
    prompt = vocab.tokenize(PROMPT, parse_special=True)
    sequence.rewind(0)
    sequence.feed(prompt)
    chain = params.chain(vocab)
    first = chain.sample(context)
    room = ffi.new("char[]", 64 * n)
    arguments = [int(ffi.cast("uintptr_t", pointer)) for pointer in (context.ptr, chain.ptr, vocab.ptr)]
    begin = time.perf_counter()
    length = loop(*arguments, first, n, int(ffi.cast("uintptr_t", room)), len(room))
    seconds = time.perf_counter() - begin
    if length < 0:
        sys.exit(f"the C loop failed: {length}")
    # What the loop decoded is not known to the sequence.
    context.memory.remove(sequence.seq_id, len(prompt))
    sequence.rewind(0)
    chain.close()
    text = vocab.piece(first) + ffi.buffer(room, length)[:]
    return n / seconds, text.decode("utf-8", "replace")


def beside_c(sequence: Sequence, loop: Any, threads: int, chain: str, options: argparse.Namespace) -> bool:
    n, params = options.tokens, CHAINS[chain]

    def run_ours() -> float:
        sequence.rewind(0)
        return ours(sequence, n, params)[0]

    sequence.rewind(0)
    said = ours(sequence, n, params)[1], theirs(sequence, loop, n, params)[1]
    if said[0] != said[1]:
        sys.exit(f"the texts differ:\n  llamacffi {said[0]!r}\n  C         {said[1]!r}")
    pairs = interleave(run_ours, lambda: theirs(sequence, loop, n, params)[0], pairs=options.pairs)
    return pairs.report(
        f"{threads} threads, {chain}: stream_generate", "C loop", "tokens/s", at_least=C_LOOP.get(threads)
    )


def beside_llama_bench(sequence: Sequence, bench: Path, path: Path, threads: int, options: argparse.Namespace) -> bool:
    command = [str(bench), "-m", str(path), "-t", str(threads)]
    command += ["-p", "0", "-n", str(options.tokens), "-r", "1", "-o", "json"]
    # It looks for backends in the working directory: there they are the installed ones.
    environment = {**os.environ, "LD_LIBRARY_PATH": str(LIBRARIES)}

    def run_bench() -> float:
        run = subprocess.run(command, cwd=LIBRARIES, env=environment, check=True, capture_output=True, text=True)
        (result,) = json.loads(run.stdout[run.stdout.index("[") :])
        return float(result["avg_ts"])

    def run_ours() -> float:
        # llama-bench loads the model and decodes before its clock starts: after a wait for it, this process is cold.
        for n in (options.tokens // 4, options.tokens):
            sequence.rewind(0)
            speed = ours(sequence, n, CHAINS["greedy"])[0]
        return speed

    pairs = interleave(run_ours, run_bench, pairs=options.pairs)
    name = f"llama-bench tg{options.tokens}"
    return pairs.report(f"{threads} threads: stream_generate", name, "tokens/s", at_least=LLAMA_BENCH.get(threads))


if __name__ == "__main__":
    main()
