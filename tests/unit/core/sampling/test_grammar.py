"""Grammars against languages that are enumerated by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llamacffi import Context, Model
from llamacffi.core.batch import Batch
from llamacffi.core.sampling import (
    Dist,
    Grammar,
    Greedy,
    LazyGrammar,
    LogitBias,
    Penalties,
    Rows,
    SamplerChain,
    TopK,
    eog_tokens,
)
from llamacffi.core.sampling.reply import ReplyGrammar
from llamacffi.errors import GrammarError, LlamaError, NativeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.models import BigramModel

ANIMALS = 'root ::= ("cat" | "car" | "né") plural?\nplural ::= "s"\n'
LANGUAGE = {"cat", "cats", "car", "cars", "né", "nés"}


@pytest.fixture
def context(bigram: BigramModel) -> Iterator[Context]:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        batch = Batch(2)
        batch.extend([300, 301], 0, 0, output="all")
        context.decode(batch)
        yield context


def allowed(chain: SamplerChain, n_vocab: int) -> set[int]:
    """The tokens that have a probability."""
    candidates = chain.apply(np.zeros(n_vocab, np.float32))
    return set(candidates.ids[candidates.p > 0].tolist())


def test_exactly_the_language_is_allowed(context: Context) -> None:
    vocab = context.model.vocab
    words = [word.encode() for word in LANGUAGE]
    pieces = {token: vocab.piece(token) for token in vocab}
    eog = set(eog_tokens(vocab))
    seen: set[bytes] = set()

    def explore(chain: SamplerChain, prefix: bytes) -> None:
        expected = {
            token for token, piece in pieces.items() if piece and any(word.startswith(prefix + piece) for word in words)
        }
        assert allowed(chain, vocab.n_tokens) == expected | (eog if prefix in words else set()), prefix
        seen.add(prefix)
        for piece in {pieces[token] for token in expected}:
            if prefix + piece not in seen:
                with chain.clone() as following:
                    following.accept(next(token for token in expected if pieces[token] == piece))
                    explore(following, prefix + piece)

    with SamplerChain(Grammar(ANIMALS), Dist(1), vocab=vocab) as chain:
        explore(chain, b"")
    assert {prefix.decode() for prefix in seen if prefix in words} == LANGUAGE


def test_what_is_sampled_is_a_word(context: Context) -> None:
    vocab = context.model.vocab
    words = set()
    with SamplerChain(Grammar(ANIMALS, vocab=vocab), Dist(3)) as chain:
        for _ in range(60):
            text = b""
            while not vocab.is_eog(token := chain.sample(context)):
                text += vocab.piece(token)
            words.add(text.decode())
            chain.reset()
            chain.accept([])
    assert words <= LANGUAGE
    # The seed starts again with each reset: it is always the same one.
    assert len(words) == 1


@pytest.mark.parametrize(
    ("gbnf", "reason"),
    [
        ('root ::= "a" b\nb ::= "x" )', "line 2: expecting newline or end at )"),
        ('rot ::= "a"', "does not contain a 'root' symbol"),
        ("root ::= b", "Undefined rule identifier 'b'"),
        ('root ::= "a', "unexpected end of input"),
        ('root ::= root "a"', "left recursion"),
        ("root = b", "line 1: expecting ::= at = b"),
        ("# nothing", "failed to parse grammar"),
        (" ", "must be text"),
        ('root ::= "a\0"', "NUL"),
    ],
)
def test_a_grammar_that_is_refused_says_why(
    context: Context, gbnf: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(GrammarError) as error:
        SamplerChain(Grammar(gbnf), Greedy(), vocab=context.model.vocab)
    assert reason in str(error.value)
    assert capfd.readouterr().err == ""


def test_another_root(context: Context, bigram: BigramModel) -> None:
    with SamplerChain(Grammar('start ::= "7"', "start"), Greedy(), vocab=context.model.vocab) as chain:
        assert chain.sample(context) == bigram.vocab.ids["7"]


@pytest.mark.parametrize("token_text", ["8", "</s>"])
def test_a_forbidden_token_breaks_the_chain_and_nothing_else(
    context: Context, bigram: BigramModel, token_text: str
) -> None:
    chain = SamplerChain(Grammar('root ::= "77"'), Greedy(), vocab=context.model.vocab)
    with pytest.raises(GrammarError, match="does not allow the token"):
        chain.accept(bigram.vocab.ids[token_text])
    for _ in range(2):
        with pytest.raises(NativeError, match="this SamplerChain is broken since"):
            chain.sample(context)
    assert context.logits().argmax() == bigram.logits[301].argmax()
    chain.close()


def test_a_chain_that_leaves_nothing_says_so_and_goes_on(context: Context, bigram: BigramModel) -> None:
    vocab = context.model.vocab
    # The one token that TopK leaves is forbidden.
    best = int(bigram.logits[301].argmax())
    assert vocab.piece(best) != b"7"
    with SamplerChain(TopK(1), Grammar('root ::= "7"'), Dist(1), vocab=vocab) as chain:
        for _ in range(2):
            with pytest.raises(GrammarError, match="no token is left: all are forbidden"):
                chain.sample(context)
        candidates = chain.apply(context.logits())
        assert candidates.ids.tolist() == [best]
        assert candidates.p.tolist() == [0]
        seven = bigram.vocab.ids["7"]
        assert chain.apply([1.0], [seven]).token == seven
    forbidding = LogitBias(dict.fromkeys(vocab, -math.inf))
    with SamplerChain(forbidding, Greedy(), vocab=vocab) as chain, pytest.raises(LlamaError, match="no token is left"):
        chain.sample(context)


def test_a_failed_row_of_a_step_leaves_the_others_and_the_context(context: Context, bigram: BigramModel) -> None:
    vocab = context.model.vocab
    # What the first stage leaves the second forbids; and the other way round it is accepting that fails.
    seven, others = bigram.vocab.ids["7"], {token: -math.inf for token in vocab if vocab.piece(token) != b"7"}
    dead = SamplerChain(LogitBias(others), Grammar('root ::= "8"'), Greedy(), vocab=vocab)
    whole = SamplerChain(Penalties(present=100.0), Greedy(), vocab=vocab)
    rows = Rows(whole, dead, whole)
    batch = Batch(1)
    batch.add(45, 2, output=True)
    with pytest.raises(GrammarError, match="no token is left"):
        rows.step(context, batch)
    assert [rows.failed(row) for row in range(3)] == [False, True, False]
    assert rows.token(0) == bigram.logits[45].argmax()
    assert rows.piece(0) == vocab.piece(rows.token(0))
    assert context.memory.pos_max(0) == 2
    # The penalty of what it chose twice already.
    assert whole.sample(context) not in (rows.token(0), rows.token(2))
    with pytest.raises(GrammarError, match="does not allow"):
        dead.accept(seven)
    with pytest.raises(NativeError, match="this SamplerChain is broken"):
        rows.step(context, batch)
    batch.clear()
    batch.add(45, 3, output=True)
    with SamplerChain(Greedy()) as greedy:
        rows = Rows(greedy)
        rows.step(context, batch)
        assert rows.token() == bigram.logits[45].argmax()


def test_a_prompt_is_kept_from_the_grammar(context: Context, bigram: BigramModel) -> None:
    seven, eight = bigram.vocab.ids["7"], bigram.vocab.ids["8"]
    stages = (Penalties(present=100.0), Grammar('root ::= "7" | "8"'), Greedy())
    with SamplerChain(*stages, vocab=context.model.vocab) as chain:
        best = chain.apply([2.0, 1.0], [seven, eight]).token
        assert best == seven
        chain.accept([300, 300, seven], grammar=False)
        # The grammar is where it was, and the penalty of the prompt's 7 counts.
        assert chain.sample(context) == eight


def test_reset_keeps_what_the_prompt_began(context: Context) -> None:
    vocab = context.model.vocab
    token = {vocab.piece(token): token for token in vocab}
    with SamplerChain(ReplyGrammar('root ::= "7" "8"', prefill=[token[b"7"]]), Greedy(), vocab=vocab) as chain:
        for _ in range(2):
            assert {vocab.piece(token) for token in allowed(chain, vocab.n_tokens)} == {b"8"}
            chain.accept(token[b"8"])
            chain.reset()


@pytest.mark.parametrize(
    ("patterns", "text", "begins"),
    [
        (["<tool>"], "a <tool>", True),
        (["<tool>"], "a <too", False),
        ([r"[\s\S]*?(<tool>)[\s\S]*"], "a <tool>", True),
        (["^a (<tool>)$"], "a <tool>", True),
        (["^<tool>$"], "<tool>", True),
        (["x", "<t(oo)l>"], "<tool>", False),
    ],
)
def test_a_lazy_grammar_begins_at_its_pattern(context: Context, patterns: list[str], text: str, begins: bool) -> None:  # noqa: FBT001
    vocab = context.model.vocab
    root = "ool>" if patterns[-1] == "<t(oo)l>" else "<tool>"
    lazy = LazyGrammar(f'root ::= "{root}" "7"', trigger_patterns=patterns)
    with SamplerChain(lazy, Dist(1), vocab=vocab) as chain:
        n_free = len(allowed(chain, vocab.n_tokens))
        assert n_free == vocab.n_tokens
        chain.accept(vocab.tokenize(text, add_special=False))
        left = allowed(chain, vocab.n_tokens)
        if begins or root == "ool>":
            assert {vocab.piece(token) for token in left} == {b"7"}
            chain.reset()
        assert len(allowed(chain, vocab.n_tokens)) == n_free


def test_a_lazy_grammar_begins_at_its_token(context: Context, bigram: BigramModel) -> None:
    vocab = context.model.vocab
    trigger = bigram.vocab.ids["<tool_call>"]
    lazy = LazyGrammar('root ::= "<tool_call>" "7"', trigger_tokens=[trigger])
    with SamplerChain(lazy, Dist(1), vocab=vocab) as chain:
        chain.accept(10)
        chain.accept(trigger)
        assert {vocab.piece(token) for token in allowed(chain, vocab.n_tokens)} == {b"7"}


def test_lazy_grammars_that_make_no_sense(context: Context) -> None:
    vocab = context.model.vocab
    with pytest.raises(ValueError, match="it never begins"):
        LazyGrammar('root ::= "a"')
    with pytest.raises(TypeError, match="pass a tuple"):
        LazyGrammar('root ::= "a"', trigger_patterns="a")
    with pytest.raises(ValueError, match="trigger token 100000 is not in the vocabulary"):
        SamplerChain(LazyGrammar('root ::= "a"', trigger_tokens=[100_000]), Dist(1), vocab=vocab)
    with pytest.raises(GrammarError, match=r"trigger patterns \('\(a',\) is refused"):
        SamplerChain(LazyGrammar('root ::= "a"', trigger_patterns=["(a"]), Dist(1), vocab=vocab)


def test_a_lazy_grammar_waits_through_a_long_text(context: Context) -> None:
    # std::regex calls itself for each character of a match: 60 000 of them need more stack than a thread has.
    vocab = context.model.vocab
    (a,) = vocab.tokenize("%", add_special=False)
    lazy = LazyGrammar('root ::= "%" "7"', trigger_patterns=["^[%]*!$"])
    with SamplerChain(lazy, Dist(1), vocab=vocab) as chain:
        chain.accept([a] * 300)
        chain.lazy.n_text = 10**6  # the rest would take a minute: as if it had been that long
        assert len(allowed(chain, vocab.n_tokens)) == vocab.n_tokens
        chain.accept([a] * 3)
        assert chain.sample(context) in vocab
        with chain.clone() as clone:
            assert clone.lazy.n_text == chain.lazy.n_text > 10**6


@pytest.mark.parametrize("n", [30_000])
def test_deep_grammars_need_no_more_stack_than_there_is(context: Context, n: int) -> None:
    vocab = context.model.vocab
    nested = "root ::= " + "(" * n + '"7"' + ")" * n
    linked = "root ::= r0\n" + "".join(f"r{i} ::= r{i + 1}\n" for i in range(n)) + f'r{n} ::= "7"'
    for gbnf in (nested, linked):
        with SamplerChain(Grammar(gbnf), Greedy(), vocab=vocab) as chain:
            chain.reset()
            assert vocab.piece(chain.sample(context)) == b"7"


def test_grammars_print_short() -> None:
    assert repr(Grammar('root ::= "a"')) == "Grammar('root ::= \"a\"')"
    assert repr(Grammar('top ::= "a"', "top")) == "Grammar('top ::= \"a\"', root='top')"
    assert len(repr(Grammar("root ::= " + "x" * 5000))) < 120
    lazy = repr(LazyGrammar('root ::= "a"', trigger_patterns=["<t>"]))
    assert lazy == "LazyGrammar('root ::= \"a\"', trigger_patterns=('<t>',), trigger_tokens=())"


def test_two_vocabularies_in_one_chain_are_refused(context: Context, bigram: BigramModel) -> None:
    with Model(bigram.path) as other, pytest.raises(ValueError, match="is for the vocabulary of"):
        SamplerChain(Grammar(ANIMALS, vocab=other.vocab), Greedy(), vocab=context.model.vocab)
