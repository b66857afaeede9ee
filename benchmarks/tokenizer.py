"""A megabyte of text into tokens, beside llama_tokenize itself, called through ctypes into a buffer that is ready.

python benchmarks/tokenizer.py [--pairs 7] [--texts 1000] [VOCABULARY.gguf …]

The text is the beginning of llama.cpp's own documentation and source. Without arguments, one vocabulary of each kind
that llama.cpp ships; those that split with std::regex take ten times as long. Exits 1 when a ratio misses its mark.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from ffi_call import library
from paired import interleave

from llamacffi import Model, Vocab, ffi

ROOT = Path(__file__).parents[1]
LLAMA_CPP = ROOT / "vendor" / "llama.cpp"
KINDS = ("llama-bpe", "qwen2", "llama-spm", "nomic-bert-moe", "bert-bge")
SIZE = 1_000_000
AT_LEAST = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vocabularies", type=Path, nargs="*")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--texts", type=int, default=1000, help="how many parts the text has for tokenize_batch")
    options = parser.parse_args()

    function = ctypes.CDLL(library("llama-lcffi")).llama_tokenize
    function.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32]
    function.argtypes += [ctypes.c_bool, ctypes.c_bool]
    text = written()
    good = True
    for path in options.vocabularies or [LLAMA_CPP / "models" / f"ggml-vocab-{kind}.gguf" for kind in KINDS]:
        with Model(path, vocab_only=True) as model:
            good &= beside_c(path.stem, model.vocab, function, text, options)
    sys.exit(not good)


def written() -> bytes:
    """A megabyte that people wrote: prose, tables and code."""
    files = sorted([*LLAMA_CPP.rglob("*.md"), *LLAMA_CPP.glob("src/*.cpp")])
    pages = itertools.accumulate((path.read_text(encoding="utf-8") for path in files), initial="")
    text = next((page for page in pages if len(page.encode()) >= SIZE), None)
    if text is None:
        sys.exit(f"no llama.cpp in {LLAMA_CPP}: run `python build_ffi.py vendor`")
    return text.encode()[:SIZE].decode(errors="ignore").encode()


def beside_c(name: str, vocab: Vocab, function: ctypes._FuncPointer, text: bytes, options: argparse.Namespace) -> bool:
    string = text.decode()
    tokens = np.empty(len(text) + 16, np.int32)
    pointer = int(ffi.cast("uintptr_t", vocab.ptr))

    def bare(data: bytes = text) -> list[int]:
        n = function(pointer, data, len(data), tokens.ctypes.data, len(tokens), True, False)
        result: list[int] = tokens[:n].tolist()
        return result

    def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
        begin = clock()
        work()
        return len(text) / (clock() - begin) / 1e6

    def bare_call() -> None:
        function(pointer, text, len(text), tokens.ctypes.data, len(tokens), True, False)

    assert vocab.tokenize(string) == bare()
    # One thread at a time works: seconds of the processor leave out what else the machine does.
    pairs = interleave(
        lambda: timed(lambda: vocab.tokenize(string), time.process_time),
        lambda: timed(bare_call, time.process_time),
        pairs=options.pairs,
    )
    good = pairs.report(f"{name}, one text", "llama_tokenize", "MB/s", at_least=AT_LEAST)

    step = len(string) // options.texts + 1
    texts = [string[i : i + step] for i in range(0, len(string), step)]
    parts = [part.encode() for part in texts]
    assert vocab.tokenize_batch(texts) == [bare(part) for part in parts]
    pairs = interleave(
        lambda: timed(lambda: vocab.tokenize_batch(texts)),
        lambda: timed(lambda: [bare(part) for part in parts]),
        pairs=options.pairs,
    )
    pairs.report(f"{name}, {len(texts)} texts", "llama_tokenize on each", "MB/s")
    return good


if __name__ == "__main__":
    main()
