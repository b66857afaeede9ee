"""Constraints are asked about the chosen token first: the answers are those of a chain that masks every token."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from llamacffi import Context, Model, Vocab
from llamacffi.core.batch import Batch
from llamacffi.core.sampling import (
    Dist,
    Grammar,
    Greedy,
    LogitBias,
    Matching,
    Mirostat,
    PythonSampler,
    SamplerChain,
    TopK,
    ValidUTF8,
    eog_tokens,
    schema_grammar,
)
from llamacffi.errors import GrammarError
from tests.models import BigramModel

JSON = r"""
root ::= "{" ws (pair ("," ws pair)*)? "}"
pair ::= "\"" [^"\\\x00-\x1f]{1,40} "\":" ws (number | root)
number ::= [0-9]+
ws ::= [ \n]{0,2}
"""


@pytest.fixture
def context(bigram: BigramModel) -> Iterator[Context]:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=512) as context:
        yield context


def decode(context: Context, token: int) -> npt.NDArray[np.float32]:
    context.memory.clear()
    batch = Batch(1)
    batch.add(token, 0, output=True)
    context.decode(batch)
    return context.logits()


def test_the_choice_is_that_of_a_mask_over_the_whole_vocabulary(context: Context) -> None:
    # `apply` asks llama.cpp's grammar about each token; `sample` about the choice, then along the tree of tokens.
    vocab = context.model.vocab
    refused = 0
    with SamplerChain(Grammar(JSON), ValidUTF8(), Greedy(), vocab=vocab) as chain:
        random = np.random.RandomState(1)
        for _ in range(150):
            logits = decode(context, int(random.randint(3, vocab.n_tokens)))
            expected = chain.apply(logits)
            refused += expected.token != logits.argmax()
            token = chain.sample(context)
            assert token == expected.token
            if vocab.is_eog(token):
                chain.reset()
    assert 20 < refused < 150


def test_probabilities_are_those_of_the_mask(context: Context, bigram: BigramModel) -> None:
    vocab = context.model.vocab
    decode(context, 301)
    allowed = [token for token in vocab if vocab.piece(token) in (b"7", b"8", b"x", b"y", b"z")]
    weights = np.exp(bigram.logits[301][allowed].astype(np.float64))
    n = 3000
    counts: Counter[int] = Counter()
    for seed in range(n):
        with SamplerChain(Grammar("root ::= [78xyz]"), Dist(seed), vocab=vocab) as chain:
            counts[chain.sample(context)] += 1
    assert set(counts) <= set(allowed)
    for token, p in zip(allowed, weights / weights.sum(), strict=True):
        assert counts[token] == pytest.approx(n * p, abs=4.5 * math.sqrt(n * p * (1 - p)) + 1)


def test_a_function_of_pythons_is_called_once_and_sees_what_is_allowed(context: Context, bigram: BigramModel) -> None:
    decode(context, 301)
    seen: list[list[int]] = []
    look = PythonSampler(lambda ids, logits: seen.append(ids[logits > -np.inf].tolist()))
    vocab = context.model.vocab
    with SamplerChain(Grammar("root ::= [78]"), look, Greedy(), vocab=vocab) as chain:
        chain.sample(context)
    assert [sorted(ids) for ids in seen] == [[token for token in vocab if vocab.piece(token) in (b"7", b"8")]]


def test_mirostat_learns_once_a_token(context: Context) -> None:
    # It is not asked twice: with a grammar that allows everything, the tokens are those without it.
    vocab = context.model.vocab
    said = []
    for first in ((), (Grammar("root ::= [^\\x00]*"), ValidUTF8())):
        decode(context, 301)
        with SamplerChain(*first, TopK(5), Mirostat(3), vocab=vocab) as chain:
            said.append([chain.sample(context) for _ in range(1)])
    assert said[0] == said[1]


def test_a_grammar_of_tokens(context: Context, bigram: BigramModel) -> None:
    # "<[300]>" is the token, whatever it spells: the tree, which looks at texts, is not used.
    vocab = context.model.vocab
    decode(context, 301)
    best = int(bigram.logits[301].argmax())
    token = 300 if best != 300 else 299
    grammar = Grammar(f'root ::= <[{token}]> "7"')
    assert not grammar.reads_text
    with SamplerChain(grammar, Greedy(), vocab=vocab) as chain:
        assert chain.sample(context) == token
        assert vocab.piece(chain.sample(context)) == b"7"
    assert Grammar('root ::= "<[300]>" [<!] # <think>').reads_text


def test_nothing_is_left(context: Context) -> None:
    vocab = context.model.vocab
    decode(context, 301)
    bias = LogitBias(dict.fromkeys(eog_tokens(vocab), -math.inf))
    with SamplerChain(Grammar('root ::= "7"'), ValidUTF8(), bias, Greedy(), vocab=vocab) as chain:
        assert vocab.piece(chain.sample(context)) == b"7"
        for _ in range(2):
            with pytest.raises(GrammarError, match="no token is left"):
                chain.sample(context)


class Nothing:
    """A matcher that nothing fits."""

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab

    def allows(self, _token: int) -> bool:
        return False

    def mask(self) -> npt.NDArray[np.bool_]:
        return np.zeros(self._vocab.n_tokens, np.bool_)

    def accept(self, _token: int) -> None:
        raise AssertionError

    def reset(self) -> None:
        raise AssertionError

    def clone(self) -> Nothing:
        return self


def test_nothing_is_left_by_a_matcher(context: Context) -> None:
    decode(context, 301)
    with SamplerChain(Matching(Nothing), Greedy(), vocab=context.model.vocab) as chain:
        for _ in range(2):
            with pytest.raises(GrammarError, match="no token is left"):
                chain.sample(context)


# How a character may end; one of these fits every beginning of one.
ENDS = [bytes(end) for n in range(4) for end in itertools.product((0x80, 0x9F, 0xA0, 0xBF), repeat=n)]


def decodes(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize(
    "prefix",
    [b"", b"a", b"\xc3", b"\xe0", b"\xe2\x82", b"\xed", b"\xf0", b"\xf0\x9f", b"\xf0\x9f\xa6", b"\xf4", b"\xf4\x8f"],
)  # fmt: skip
def test_valid_utf8_is_what_python_decodes(context: Context, bigram: BigramModel, prefix: bytes) -> None:
    vocab = context.model.vocab
    with SamplerChain(ValidUTF8(), Dist(1), vocab=vocab) as chain:
        chain.accept([bigram.vocab.byte(value) for value in prefix])
        with chain.clone() as clone:
            candidates = clone.apply(np.zeros(vocab.n_tokens, np.float32))
        allowed = set(candidates.ids[candidates.p > 0].tolist())
        chain.reset()
        assert chain.apply([0.0], [vocab.eos or 0]).p[0] == 1
    within = bool(prefix) and prefix != b"a"
    for token in vocab:
        piece = vocab.piece(token, special=True)
        if vocab.is_eog(token) or not piece:
            assert (token in allowed) == (not within)
            continue
        assert (token in allowed) == any(decodes(prefix + piece + end) for end in ENDS), piece


def test_the_converter_of_schemas() -> None:
    grammar = schema_grammar('{"enum": ["a", 1]}')
    assert grammar.splitlines()[0] == r'root ::= ("\"a\"" | "1")'
    with pytest.raises(GrammarError, match="(?s)llama.cpp refuses the schema: .*nrecognized (type strin|schema)"):
        schema_grammar('{"type": "strin"}')
    with pytest.raises(GrammarError, match="parse error"):
        schema_grammar("{")
    with pytest.raises(GrammarError, match="NUL"):
        schema_grammar('{"const": "\0"}')
