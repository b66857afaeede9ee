"""Long texts: bare llama.cpp ends the process for some of these, so each vocabulary has one of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from llamacffi import TokenizeError
from tests.models.shipped import SHIPPED, shipped_vocab
from tests.process import run_python

# Its arguments: the vocabulary, how many bytes of each character.
ONE_CHARACTER = """
import sys
from llamacffi import Model
vocab = Model(sys.argv[1], vocab_only=True).vocab
for char in sys.argv[3:]:
    text = char * (int(sys.argv[2]) // len(char.encode()))
    tokens = vocab.tokenize(text, add_special=False)
    spelt = b"".join(vocab.pieces(tokens))
    if vocab.type in ("spm", "bpe"):
        assert spelt.removeprefix(b" " if vocab.type == "spm" else b"") == text.encode(), char
    assert vocab.tokenize("after") == vocab.tokenize("after")
print("alive")
"""

# Its argument is the vocabulary: short texts on a thread with a small stack.
SMALL_STACK = """
import sys, threading
from llamacffi import Model
vocab = Model(sys.argv[1], vocab_only=True).vocab
expected = vocab.tokenize("a" * 8000)
threading.stack_size(256 * 1024)
found = []
thread = threading.Thread(target=lambda: found.append(vocab.tokenize("a" * 8000)))
thread.start()
thread.join()
assert found == [expected]
assert vocab.tokenize_batch(["a" * 40_000] * 4, n_threads=4) == [vocab.tokenize("a" * 40_000)] * 4
print("alive")
"""


def path(tree: Path, name: str) -> str:
    return str(tree / "models" / f"ggml-vocab-{name}.gguf")


def test_one_character_many_times(llama_cpp: Path) -> None:
    run = run_python(ONE_CHARACTER, path(llama_cpp, "gpt-neox"), "100000", ".", "a")
    assert run.stdout == "alive\n", (run.returncode, run.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_a_megabyte_of_one_character(llama_cpp: Path, name: str) -> None:
    run = run_python(ONE_CHARACTER, path(llama_cpp, name), "1000000", "a", " ", ".", "7", "漢", timeout=300)
    assert run.stdout == "alive\n", (run.returncode, run.stderr)


def test_threads_with_small_stacks(llama_cpp: Path) -> None:
    run = run_python(SMALL_STACK, path(llama_cpp, "gpt-neox"))
    assert run.stdout == "alive\n", (run.returncode, run.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="the machine's memory is asked for in POSIX's way")
def test_a_line_deeper_than_memory_is_refused(llama_cpp: Path) -> None:
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE") // 1024 + 1
    if size > 100_000_000:
        pytest.skip("this machine has a stack for any text that a test should make")
    with pytest.raises(TokenizeError, match=f"the text has {size} bytes without a line's end.*split it"):
        shipped_vocab(llama_cpp, "qwen2").tokenize(b"x" * size)


def test_the_thread_gives_what_the_call_gives(llama_cpp: Path) -> None:
    vocab = shipped_vocab(llama_cpp, "qwen2")
    # No token spans two lines when they begin with a letter: the whole is its parts.
    line = "Hello, wörld: 漢字 and 12345 more.\n"
    part = vocab.tokenize(line, add_special=False)
    assert vocab.tokenize(line * 3000, add_special=False) == part * 3000
