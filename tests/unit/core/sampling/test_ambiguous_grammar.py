"""Grammars that can go on in too many ways: an error in bounded time and memory, and Ctrl-C before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llamacffi import Model, SamplerChain
from llamacffi.core.sampling import Grammar, Greedy
from llamacffi.errors import GrammarError
from tests.models import spm_vocab, write_bigram
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AMBIGUOUS = "root ::= " + '("a"|"a")* ' * 200


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose tokens are of several characters: llama.cpp asks for all ways to go on behind each of them."""
    vocab = spm_vocab()
    return write_bigram(tmp_path_factory.mktemp("ambiguous") / "m.gguf", np.zeros((len(vocab),) * 2, np.float32), vocab)


@pytest.fixture(scope="module")
def model(path: Path) -> Iterator[Model]:
    with Model(path) as model:
        yield model


def test_what_takes_too_long_ends(model: Model) -> None:
    chain = SamplerChain(Grammar(AMBIGUOUS), Greedy(), vocab=model.vocab)
    start = time.monotonic()
    with pytest.raises(GrammarError, match="too ambiguous: to find out how it can go on takes too long"):
        chain.apply(np.zeros(model.vocab.n_tokens))
    assert time.monotonic() - start < 20  # the limit is 5


@pytest.mark.parametrize(
    ("gbnf", "reason"),
    [
        pytest.param(
            "root ::= r0\n" + "".join(f'r{i} ::= r{i + 1} "x" | r{i + 1}\n' for i in range(60)) + 'r60 ::= "a"',
            "too ambiguous",
            id="2**60 ways to look for left recursion",
        ),
        pytest.param("root ::= " + "(" * 100_000 + '"a"' + ' "b")' * 100_000, "too ambiguous", id="a stack of 100000"),
        pytest.param('root ::= "' + "a" * 500_000 + '"{2000}', "1000004000 elements", id="a literal of 500 kB {2000}"),
        pytest.param("root ::= " + '"a"{0,2000} ' * 80_000, "480000000 elements", id="{0,2000} 80000 times"),
        pytest.param('root ::= "a"{1000}{1000}', "repeated", id="{1000}{1000}"),
        pytest.param('root ::= "a" #' + "x" * 5_000_000, "at most 4000000", id="5 MB"),
    ],
)
def test_what_takes_too_much_is_refused(path: Path, gbnf: str, reason: str) -> None:
    """In a process with 2 GB of address space, where what is too much would be seen."""
    code = """
import resource, sys
from llamacffi import GrammarError, Model, SamplerChain
from llamacffi.core.sampling import Grammar, Greedy
model = Model(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (2_000_000_000,) * 2)
try:
    SamplerChain(Grammar(sys.stdin.read()), Greedy(), vocab=model.vocab)
except GrammarError as error:
    print(error)
"""
    result = run_python(code, str(path), text=gbnf, timeout=60)
    assert result.returncode == 0, result.stderr
    assert reason in result.stdout


def test_ctrl_c_stops_it(path: Path) -> None:
    code = """
import signal, sys, threading, time
import numpy as np
from llamacffi import Model, SamplerChain
from llamacffi.core.sampling import Grammar, Greedy
model = Model(sys.argv[1])
chain = SamplerChain(Grammar(sys.argv[2]), Greedy(), vocab=model.vocab)
threading.Timer(0.5, signal.raise_signal, (signal.SIGINT,)).start()
start = time.monotonic()
try:
    chain.apply(np.zeros(model.vocab.n_tokens))
except KeyboardInterrupt:
    print(time.monotonic() - start)
"""
    result = run_python(code, str(path), AMBIGUOUS, timeout=60)
    assert result.returncode == 0, result.stderr
    assert 0.4 < float(result.stdout) < 3  # without it 5


def test_what_is_merely_large_works(model: Model) -> None:
    """1000 alternatives, 100 kB in one literal, and 300 brackets."""
    alternatives = " | ".join(f'"{i:03}"' for i in range(1000))
    for gbnf in (alternatives, f'"{"ab" * 50_000}"', "(" * 300 + '"0"' + ")" * 300):
        with SamplerChain(Grammar(f"root ::= {gbnf}"), Greedy(), vocab=model.vocab) as chain:
            logits = chain.apply(np.zeros(model.vocab.n_tokens)).logits
            assert 0 < np.isfinite(logits).sum() < model.vocab.n_tokens
