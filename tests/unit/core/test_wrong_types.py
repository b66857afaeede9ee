"""What makes no sense is refused by name, before C sees it: wrong types, numbers and texts that fit nowhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, ControlVector, Dist, GrammarError, LogitBias, Mirostat, Model, ReasoningBudget, TopK
from llamacffi.core.logprobs import output_logprobs
from llamacffi.core.quantize import quantize
from llamacffi.core.sampling import DRY, Grammar, LazyGrammar, Matching, Rows, SamplerChain
from llamacffi.generation.constraints import After, Choices, JSONSchema, Regex
from llamacffi.generation.constraints.structured import Lark
from tests.batches import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from llamacffi import Context

# Whatever they are given, mypy has seen nothing.
api: Any = SimpleNamespace(
    **{
        each.__name__: each
        for each in (
            *(
                TopK,
                Mirostat,
                Dist,
                LogitBias,
                DRY,
                ReasoningBudget,
                Matching,
                Grammar,
                LazyGrammar,
                SamplerChain,
                Rows,
            ),
            *(Regex, JSONSchema, Choices, Lark, After, ControlVector, Batch, Rows, output_logprobs),
        )
    }
)
HALF = "a\ud800"


@pytest.fixture(scope="module")
def context(model: Model) -> Iterator[Context]:
    with model.context(n_ctx=128, n_threads=1) as context:
        context.decode(filled([1, 5, 6]))
        yield context


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda c: c.logits(2**31), ValueError, "i, the place of an output, must be from -2147483648"),
        (lambda c: c.logits("a"), TypeError, r"must be an integer, not 'a' \(str\)"),
        (lambda c: c.logits_view(1.5), TypeError, "must be an integer"),
        (lambda c: c.sampled(2**63), ValueError, "i must be from"),
        (lambda c: c.embeddings_seq(None), TypeError, "seq_id must be an integer"),
        (lambda c: c.set_threads("2"), TypeError, "n_threads must be an integer, not '2'"),
        (lambda c: c.set_threads(1, float("nan")), TypeError, "n_threads_batch must be an integer"),
        (lambda c: c.decode(5), TypeError, "batch must be a Batch, not 5"),
        (lambda c: c.restore(b"x"), TypeError, "state must be a State or a Checkpoint"),
        (lambda c: c.snapshot(tokens=5), TypeError, "tokens must be several integers, not 5"),
        (lambda c: c.checkpoint(0, tokens=["x"]), TypeError, "each of tokens must be an integer"),
        (lambda c: c.set_sampler(0, 1), TypeError, "a sampler must be a SamplerChain or None, not 1"),
        (lambda c: c.memory.clear(data=-1), TypeError, "data must be True or False"),
        (lambda c: c.memory.holds_window("x", 1), TypeError, "seq_id must be an integer"),
        (lambda c: c.model.context(samplers=[1]), TypeError, "samplers must be a mapping from seq_id to SamplerChain"),
        (lambda c: c.model.context(samplers={0: 1}), TypeError, "a sampler must be a SamplerChain"),
        (lambda c: c.model.context(n_ctx=2**31), ValueError, "n_ctx must be from 0 to 268435456"),
        (lambda c: c.model.chat_template(5), TypeError, "the name of a chat template must be a text"),
        (lambda c: c.model.vocab.piece(1.5), TypeError, "a token must be an integer"),
        (lambda c: c.model.vocab.is_eog(b"x"), TypeError, "a token must be an integer"),
        (lambda c: c.model.vocab.tokenize("a", add_special=-1), TypeError, "add_special must be True or False"),
        (lambda c: c.model.vocab.tokenize_batch(5), TypeError, "tokenize_batch wants several texts, not 5"),
        (lambda c: api.SamplerChain(api.Dist(1)).sample(5), TypeError, "ctx must be a Context, not 5"),
        (lambda c: api.SamplerChain(api.Dist(1)).sample(c, 2**31), ValueError, "i must be from"),
        (lambda c: api.SamplerChain(api.Dist(1)).accept("a"), TypeError, "a token must be an integer"),
        (
            lambda c: api.SamplerChain(api.Dist(1)).apply([1.0], [2**31]),
            ValueError,
            "ids are from 2147483648",
        ),
        (lambda c: api.SamplerChain(api.Dist(1)).apply("a"), TypeError, "the logits must be a row of numbers"),
        (
            lambda c: api.SamplerChain(api.Dist(1), vocab=c.model),
            TypeError,
            "vocab must be a Vocab, such as",
        ),
        (lambda c: api.SamplerChain(1), TypeError, "a stage of a chain must be a Stage"),
        (lambda c: api.Rows(1), TypeError, "a chain of Rows must be a SamplerChain"),
        (lambda c: api.output_logprobs(c, [2**31]), ValueError, "the tokens must be a row of numbers from 0"),
        (lambda c: api.output_logprobs(c, [5], "1"), TypeError, "logprobs must be an integer"),
    ],
)
def test_of_a_context(context: Context, call: Callable[[Any], object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call(context)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: api.TopK("a"), TypeError, "k must be an integer, not 'a'"),
        (lambda: api.TopK(2**63), ValueError, "k is 9223372036854775808, but must be from 0"),
        (lambda: api.Mirostat(1, "x"), TypeError, "tau must be a number, not 'x'"),
        (lambda: api.Dist(1.5), TypeError, "seed must be an integer"),
        (lambda: api.LogitBias(5), TypeError, "biases must be a mapping from token ids to numbers"),
        (lambda: api.LogitBias({"a": 1.0}), TypeError, "a token with a bias must be an integer"),
        (lambda: api.LogitBias({5: "a"}), TypeError, "the bias of token 5 must be a number"),
        (lambda: api.DRY(sequence_breakers=5), TypeError, "sequence_breakers is 5; pass a tuple of strings"),
        (lambda: api.DRY(sequence_breakers=[HALF]), ValueError, r"half of a surrogate pair in it, U\+D800"),
        (lambda: api.ReasoningBudget(1.5), TypeError, "the reasoning budget must be an integer"),
        (lambda: api.ReasoningBudget(1, ends=5), TypeError, "ends is 5; pass a tuple of strings"),
        (lambda: api.ReasoningBudget(1, message=5), TypeError, "message must be a text"),
        (lambda: api.Matching(5), TypeError, "make is 5, but must be callable"),
        (lambda: api.Grammar(HALF), GrammarError, "gbnf has half of a surrogate pair in it"),
        (lambda: api.Grammar(b"x"), TypeError, "gbnf must be a text, not b'x'"),
        (lambda: api.LazyGrammar("root ::= .", trigger_tokens=5), TypeError, "trigger_tokens must be several integers"),
        (
            lambda: api.LazyGrammar("root ::= .", trigger_patterns=[5]),
            TypeError,
            "one of trigger_patterns must be",
        ),
        (lambda: api.Regex(5), TypeError, "the pattern must be a text, not 5"),
        (lambda: api.Regex(b"x"), TypeError, "the pattern must be a text, not b'x'"),
        (lambda: api.Regex(HALF), GrammarError, "the pattern has half of a surrogate pair in it"),
        (lambda: api.Regex("x", engine="x"), ValueError, "engine must be 'gbnf' or 'llguidance', not 'x'"),
        (lambda: api.JSONSchema({}, engine=5), ValueError, "engine must be 'auto' or 'gbnf' or 'llguidance', not 5"),
        (lambda: api.JSONSchema({"type": "integer", "minimum": 10**400}), GrammarError, "no integer is in its bounds"),
        (lambda: api.Choices(5), TypeError, "choices is 5, but must be a list of texts"),
        (lambda: api.Choices([HALF]), GrammarError, "a choice has half of a surrogate pair in it"),
        (lambda: api.Lark(HALF), GrammarError, "the Lark grammar has half of a surrogate pair in it"),
        (lambda: api.Lark(5), TypeError, "the Lark grammar must be a text"),
        (lambda: api.After(None, None), TypeError, "the trigger must be a text, not None"),
        (lambda: api.After("", api.Choices(["a"])), ValueError, "is there from the beginning"),
        (lambda: api.After("a", None), TypeError, "takes a constraint that is a grammar"),
        (lambda: api.ControlVector("a"), TypeError, "a control vector must be numbers"),
        (
            lambda: api.ControlVector(np.zeros((2, 4))) * "a",
            TypeError,
            "scale of a control vector must be a number",
        ),
        (lambda: api.Batch(2).add(1.5, 0), TypeError, "token must be an integer"),
        (lambda: api.Batch(2).add(1, b"x"), TypeError, "pos must be an integer"),
        (lambda: api.Batch(2).add(1, 0, 1.5), TypeError, "seq_ids must be several integers"),
        (lambda: api.Batch(2).add(1, 0, output=-1), TypeError, "output must be True or False"),
        (lambda: api.Batch(2).extend(5), TypeError, "tokens must be ints, not 5"),
        (lambda: api.Batch(2).extend([1], "x"), TypeError, "pos0 must be an integer"),
        (lambda: api.Batch(2).extend([1], 0, None), TypeError, "seq_id must be an integer"),
    ],
)
def test_of_values(call: Callable[[], object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"tensor_types": 5}, TypeError, "tensor_types must be a mapping from texts, not 5"),
        ({"tensor_types": {"a": 5}}, TypeError, r"tensor_types\['a'\] must be a text, not 5"),
        ({"imatrix": {5: 5}}, TypeError, "a name in imatrix must be a text, not 5"),
        ({"imatrix": 5}, TypeError, "imatrix must be a mapping from texts, not 5"),
        ({"prune_layers": 5}, TypeError, "prune_layers must be several integers, not 5"),
    ],
)
def test_of_quantize(
    tiny_llama: Path, tmp_path: Path, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        quantize(tiny_llama, tmp_path / "q.gguf", "q8_0", **options)


def test_numpy_numbers_are_numbers(context: Context) -> None:
    np.testing.assert_array_equal(context.logits(np.int64(-1)), context.logits(-1))
    batch = api.Batch(2)
    assert batch.add(np.int32(5), np.int64(3), np.int64(0), output=np.bool_(True)) == 0
    assert (batch.tokens.tolist(), batch.positions.tolist(), batch.n_outputs, batch.max_seq_id) == ([5], [3], 1, 0)
    assert api.TopK(np.int64(3)) == TopK(3)
