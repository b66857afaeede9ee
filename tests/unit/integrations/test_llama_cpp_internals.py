"""`_internals`: models, contexts, batches and samplers as addresses."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import ClosedError, ContextError, GrammarError, Model, ModelLoadError, lib
from llamacffi._native import ctypes_llama as c
from llamacffi.llama.internal_samplers import LlamaSampler, LlamaTokenDataArray, normalize_embedding
from llamacffi.llama.internals import LlamaBatch, LlamaContext, LlamaModel
from llamacffi.llama.llama_grammar import LlamaGrammar
from tests.models.reference import greedy, llama_logits, read_weights

TOKENS = [1, 300, 17, 42]


@pytest.fixture
def model(tiny_llama: Path) -> Iterator[LlamaModel]:
    made = LlamaModel(path_model=str(tiny_llama), params=LlamaModel.default_params())
    yield made
    made.close()


@pytest.fixture
def context(model: LlamaModel) -> LlamaContext:
    params = LlamaContext.default_params()
    params.n_ctx, params.n_threads, params.n_threads_batch = 256, 1, 1
    params.type_k = params.type_v = lib.GGML_TYPE_F32
    params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return LlamaContext(model=model, params=params)


def logits_of(context: LlamaContext, tokens: list[int]) -> Any:
    batch = LlamaBatch(n_tokens=16, embd=0, n_seq_max=1)
    batch.set_batch(tokens, n_past=0, logits_all=False)
    context.decode(batch)
    batch.close()
    return np.ctypeslib.as_array(context.get_logits_ith(len(tokens) - 1), (context.model.n_vocab(),)).copy()


def test_what_a_model_says_is_what_ours_says(model: LlamaModel, tiny_llama: Path) -> None:
    with Model(tiny_llama) as ours:
        vocab = ours.vocab
        assert model.n_vocab() == vocab.n_tokens
        assert (model.token_bos(), model.token_eos(), model.token_nl()) == (vocab.bos, vocab.eos, vocab.nl)
        assert model.desc() == ours.description
        assert (model.n_params(), model.size()) == (ours.n_params, ours.size)
        assert model.n_ctx_train() == 512
        assert model.metadata() == {key: str(value) for key, value in model.metadata().items()}
        assert model.metadata()["general.architecture"] == "llama"
        text = "Hello, world! 漢字"
        tokens = model.tokenize(text.encode(), add_bos=True, special=False)
        assert tokens == list(vocab.tokenize(text, add_special=True, parse_special=False))
        assert model.detokenize(tokens).decode() == text
        assert LlamaModel.of(ours).model == ours._as_parameter_


def test_logits_are_the_references(context: LlamaContext, tiny_llama: Path) -> None:
    expected = llama_logits(read_weights(tiny_llama), TOKENS)[-1]
    np.testing.assert_allclose(logits_of(context, TOKENS), expected, atol=1e-4)
    assert context.kv_cache_seq_rm(0, 1, -1)
    assert c.llama_memory_seq_pos_max(context.memory, 0) == 0
    context.kv_cache_clear()
    assert c.llama_memory_seq_pos_max(context.memory, 0) == -1


def test_a_batch_of_two_sequences() -> None:
    batch = LlamaBatch(n_tokens=5, n_seq_max=2)
    batch.add_sequence([7, 8, 9], 0, logits_all=False)
    batch.add_sequence([7, 5], 1, logits_all=True)
    into = batch.batch
    assert batch.n_tokens() == 5
    assert into.token[:5] == [7, 8, 9, 7, 5]
    assert into.pos[:5] == [0, 1, 2, 0, 1]
    assert [into.seq_id[i][0] for i in range(5)] == [0, 0, 0, 1, 1]
    assert into.logits[:5] == [0, 0, 1, 1, 1]
    with pytest.raises(ValueError, match="5 \\+ 1 tokens do not fit into a batch made for 5"):
        batch.add_sequence([1], 0, logits_all=False)
    batch.close()
    batch.close()


def test_a_closed_one_says_so(model: LlamaModel, context: LlamaContext) -> None:
    model.close()
    with pytest.raises(ClosedError):
        _ = context.ctx
    with pytest.raises(ClosedError):
        model.n_vocab()


def test_what_is_left_lying_is_freed(tiny_llama: Path) -> None:
    """In a reference cycle too, the context before its model."""
    for _ in range(20):
        model = LlamaModel(path_model=tiny_llama)
        params = LlamaContext.default_params()
        params.n_ctx = 64
        context = LlamaContext(model=model, params=params)
        model.__dict__["context"] = context
        del model, context
    gc.collect()


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"no model")
    with pytest.raises(ModelLoadError, match=r"x\.gguf"):
        LlamaModel(path_model=str(tmp_path / "x.gguf"))


def test_a_context_that_cannot_be(model: LlamaModel) -> None:
    params = LlamaContext.default_params()
    params.n_batch = params.n_ubatch = 0
    with pytest.raises(ContextError):
        LlamaContext(model=model, params=params)


def test_a_chain_is_greedy(context: LlamaContext, tiny_llama: Path) -> None:
    logits_of(context, TOKENS)
    sampler = LlamaSampler()
    sampler.add_top_k(5)
    sampler.add_temp(0.5)
    sampler.add_greedy()
    assert sampler.sample(context) == greedy(read_weights(tiny_llama), TOKENS, 1)[0]
    copy = sampler.clone()
    assert copy.sample(context) == sampler.sample(context)
    sampler.close()
    assert copy.sample(context) == greedy(read_weights(tiny_llama), TOKENS, 1)[0]
    copy.close()


def test_a_bias_decides(context: LlamaContext) -> None:
    logits_of(context, TOKENS)
    sampler = LlamaSampler()
    sampler.add_logit_bias(context.model.n_vocab(), {123: 1000.0, 7: -5.0})
    sampler.add_greedy()
    assert sampler.sample(context) == 123
    sampler.close()


def test_a_function_of_python_in_a_chain(context: LlamaContext) -> None:
    logits_of(context, TOKENS)

    def choose(candidates: Any) -> None:
        for i in range(candidates.contents.size):
            candidates.contents.data[i].logit = float(candidates.contents.data[i].id == 77)

    sampler = LlamaSampler()
    sampler.add_custom(choose)
    sampler.add_greedy()
    assert sampler.sample(context) == 77
    with pytest.raises(NotImplementedError, match="a function of Python"):
        sampler.clone()
    sampler.close()


def test_what_such_a_function_raises(context: LlamaContext) -> None:
    logits_of(context, TOKENS)

    def fail(_candidates: Any) -> None:
        raise LookupError("of the function")

    sampler = LlamaSampler()
    sampler.add_custom(fail)
    sampler.add_greedy()
    with pytest.raises(LookupError, match="of the function"):
        sampler.sample(context)


def test_a_grammar_in_a_chain(context: LlamaContext) -> None:
    logits_of(context, TOKENS)
    sampler = LlamaSampler()
    sampler.add_grammar(context.model, LlamaGrammar.from_string('root ::= "a" | "b"'))
    sampler.add_greedy()
    assert context.model.token_to_piece(sampler.sample(context)) in {b"a", b"b"}
    broken = LlamaGrammar.from_string('root ::= "a"')
    broken._grammar = "root ::= ("
    with pytest.raises(GrammarError):
        sampler.add_grammar(context.model, broken)


def test_candidates_are_a_record_array() -> None:
    array = LlamaTokenDataArray(n_vocab=4)
    array.copy_logits(np.array([0.5, 2.0, -1.0, 1.0], np.float32))
    sampler = LlamaSampler()
    sampler.add_greedy()
    c.llama_sampler_apply(sampler.sampler, ctypes.byref(array.candidates))
    assert array.candidates.selected == 1
    assert [array.candidates.data[i].logit for i in range(4)] == [0.5, 2.0, -1.0, 1.0]


def test_a_vector_of_length_one() -> None:
    assert normalize_embedding([3.0, 4.0]) == pytest.approx([0.6, 0.8])
    assert normalize_embedding([0.0, 0.0]) == [0.0, 0.0]
