"""LoRA adapters and control vectors, against the same arithmetic in NumPy."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFWriter

from llamacffi import Adapter, Batch, ClosedError, Context, ControlVector, GGUFFile, Model, ModelLoadError
from tests.models import (
    BigramModel,
    LlamaShape,
    bigram_pairs,
    control_directions,
    lora_pairs,
    spm_vocab,
    write_cvec,
    write_llama,
    write_lora,
)
from tests.models.llama import llama_tensors, write_tensors
from tests.models.lora import Pairs, merged
from tests.models.reference import llama_logits, read_weights
from tests.process import run_python

TOKENS = [1, *range(270, 290)]
EXACT: dict[str, Any] = {
    "n_ctx": 256,
    "n_threads": 1,
    "type_k": "f32",
    "type_v": "f32",
    "flash_attn_type": "disabled",
}
ALPHA = 8.0


def tiny_pairs(seed: int = 10, rank: int = 4) -> Pairs:
    return lora_pairs(llama_tensors(LlamaShape(), 512, 0), seed=seed, rank=rank)


@pytest.fixture
def lora(tmp_path: Path) -> Path:
    return write_lora(tmp_path / "lora.gguf", tiny_pairs(), alpha=ALPHA)


def logits(context: Context, tokens: list[int] = TOKENS) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The logits [n, n_vocab] after each token of a fresh sequence."""
    context.memory.clear()
    batch = Batch(len(tokens))
    batch.extend(tokens, 0, 0, output="all")
    context.decode(batch)
    return np.stack([context.logits(i) for i in range(len(tokens))])


def test_logits_are_those_of_the_merged_weights(tiny_llama: Path, lora: Path) -> None:
    weights = read_weights(tiny_llama)
    with Model(tiny_llama) as model, model.context(**EXACT) as context:
        adapter = model.adapter(lora)
        for scale in (1.0, -0.5, 0.0, 1.0):
            context.set_adapters({adapter: scale})
            expected = llama_logits(merged(weights, tiny_pairs(), alpha=ALPHA, scale=scale), TOKENS)
            np.testing.assert_allclose(logits(context), expected, atol=1e-4)
        changed = logits(context)
        context.set_adapters({})
        plain = logits(context)
        np.testing.assert_allclose(plain, llama_logits(weights, TOKENS), atol=1e-4)
        assert np.abs(changed - plain).max() > 1


def test_several_adapters_add_up(tiny_llama: Path, lora: Path, tmp_path: Path) -> None:
    other = write_lora(tmp_path / "other.gguf", tiny_pairs(seed=11, rank=1), alpha=2.0)
    weights = merged(read_weights(tiny_llama), tiny_pairs(), alpha=ALPHA, scale=0.7)
    weights = merged(weights, tiny_pairs(seed=11, rank=1), alpha=2.0, scale=-0.3)
    with Model(tiny_llama) as model, model.context(**EXACT) as context:
        scales = {model.adapter(lora): 0.7, model.adapter(other): -0.3}
        context.set_adapters(scales)
        assert dict(context.adapters) == scales
        np.testing.assert_allclose(logits(context), llama_logits(weights, TOKENS), atol=1e-4)


def test_a_change_between_decodes_leaves_the_memory(tiny_llama: Path, lora: Path) -> None:
    # Both halves are computed with weights of their own; the keys and values of the first stay as they were.
    with Model(tiny_llama) as model, model.context(**EXACT) as context:
        adapter = model.adapter(lora)
        plain = logits(context)
        batch = Batch(2)
        batch.extend([300, 301], len(TOKENS), 0, output="all")
        context.set_adapters({adapter: 1.0})
        context.decode(batch)
        mixed = context.logits(-1)
        adapted = logits(context, [*TOKENS, 300, 301])[-1]
        context.set_adapters({})
        without = logits(context, [*TOKENS, 300, 301])
        np.testing.assert_allclose(without[: len(TOKENS)], plain, atol=1e-4)
        assert np.abs(mixed - adapted).max() > 0.1
        assert np.abs(mixed - without[-1]).max() > 0.1


def test_a_bigram_adapter_changes_what_it_says(bigram: BigramModel, tmp_path: Path) -> None:
    changes = {(300, 7): 9.0, (300, 8): -4.0, (301, 7): 2.5}
    path = write_lora(tmp_path / "lora.gguf", bigram_pairs(len(bigram.vocab), changes), alpha=2.0)
    expected = bigram.logits[[300, 301, 302]].copy()
    for (token, following), change in changes.items():
        expected[token - 300, following] += change
    with Model(bigram.path) as model, model.context(**EXACT) as context:
        context.set_adapters({model.adapter(path): 1.0})
        np.testing.assert_allclose(logits(context, [300, 301, 302]), expected, atol=5e-6)


def test_an_adapter_of_the_token_embeddings(tiny_llama: Path, tmp_path: Path) -> None:
    # Here A [n_vocab, rank] and B [n_embd, rank] stand the other way round.
    random = np.random.RandomState(3)
    a, b = random.randn(512, 4).astype(np.float32), random.randn(64, 4).astype(np.float32)
    path = write_lora(tmp_path / "lora.gguf", {"token_embd.weight": (a, b)}, alpha=ALPHA)
    weights = read_weights(tiny_llama)
    weights.tensors["token_embd.weight"] = weights["token_embd"] + 0.5 * ALPHA / 4 * a.astype(float) @ b.T.astype(float)
    with Model(tiny_llama) as model, model.context(**EXACT) as context:
        context.set_adapters({model.adapter(path): 0.5})
        np.testing.assert_allclose(logits(context), llama_logits(weights, TOKENS), atol=1e-4)


def test_contexts_with_adapters_of_their_own_beside_each_other(tiny_llama: Path, tmp_path: Path) -> None:
    weights = read_weights(tiny_llama)
    with Model(tiny_llama) as model:
        contexts, expected = [], []
        for seed in (10, 11, 12):
            path = write_lora(tmp_path / f"{seed}.gguf", tiny_pairs(seed=seed), alpha=ALPHA)
            contexts.append(model.context(**EXACT))
            contexts[-1].set_adapters({model.adapter(path): 1.0})
            expected.append(llama_logits(merged(weights, tiny_pairs(seed=seed), alpha=ALPHA, scale=1.0), TOKENS))
        with ThreadPoolExecutor(3) as threads:
            for _ in range(5):
                for found, wanted in zip(threads.map(logits, contexts), expected, strict=True):
                    np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.mark.model
def test_the_default_model_is_steered_to_a_word(default_model: Path) -> None:
    # The last norm multiplies, and the output is the embeddings: what this direction becomes there is the embedding of
    # one token without what all tokens have in common.
    with Model(default_model) as model, model.context(n_ctx=512) as context, GGUFFile(default_model) as file:
        (word,) = model.vocab.tokenize(" banana", add_special=False)
        embeddings, norm = file.read("token_embd.weight"), file.read("output_norm.weight")
        wanted = embeddings[word] - embeddings.mean(axis=0)
        assert (embeddings @ wanted).argmax() == word
        directions = np.zeros((model.n_layer, model.n_embd), np.float32)
        directions[-1] = 1e5 * wanted / norm
        prompt = model.vocab.tokenize("The capital of France is")
        assert logits(context, prompt)[-1].argmax() != word
        context.set_control_vector(directions)
        assert logits(context, prompt)[-1].argmax() == word


def test_what_it_says_of_itself(tiny_llama: Path, tmp_path: Path) -> None:
    path = write_lora(
        tmp_path / "alora.gguf", tiny_pairs(), alpha=ALPHA, invocation_tokens=[5, 6, 7], task_name="poetry"
    )
    with Model(tiny_llama) as model:
        adapter = model.adapter(path)
        assert adapter.invocation_tokens == (5, 6, 7)
        assert adapter.metadata["adapter.lora.task_name"] == "poetry"
        assert adapter.metadata["adapter.lora.alpha"] == ALPHA
        assert repr(adapter) == "<Adapter alora.gguf of llama ?B all F32>"
        plain = model.adapter(write_lora(tmp_path / "lora.gguf", tiny_pairs(), alpha=ALPHA))
        assert plain.invocation_tokens == ()


def test_a_context_keeps_what_it_uses(tiny_llama: Path, lora: Path) -> None:
    expected = llama_logits(merged(read_weights(tiny_llama), tiny_pairs(), alpha=ALPHA, scale=1.0), TOKENS)
    with Model(tiny_llama) as model, model.context(**EXACT) as context:
        adapter = model.adapter(lora)
        context.set_adapters({adapter: 1.0})
        adapter.close()
        gc.collect()
        np.testing.assert_allclose(logits(context), expected, atol=1e-4)
        with pytest.raises(ClosedError):
            context.set_adapters({adapter: 0.5})
        context.set_adapters({})
        assert np.abs(logits(context) - expected).max() > 1
    with Model(tiny_llama) as model:
        adapter, context = model.adapter(lora), model.context(**EXACT)
        context.set_adapters({adapter: 1.0})
    assert adapter.closed
    assert context.closed
    assert not context.adapters


def test_it_dies_in_any_order(tiny_llama: Path, lora: Path) -> None:
    code = """
import gc, itertools, sys
from llamacffi import Batch, Model
batch = Batch(1)
batch.add(5, 0, [0], output=True)
for order in itertools.permutations(range(3)):
    model = Model(sys.argv[1])
    adapter, context = model.adapter(sys.argv[2]), model.context(n_ctx=256, n_threads=1)
    context.set_adapters({adapter: 1.0})
    context.decode(batch)
    things = [model, adapter, context]
    things.append(things)
    del model, adapter, context
    for i in order:
        things[i] = None
        gc.collect()
    del things
    gc.collect()
print("alive")
"""
    done = run_python(code, str(tiny_llama), str(lora))
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr


def wrong_rows(pairs: Pairs) -> Pairs:
    name = "blk.0.attn_q.weight"
    return {name: (pairs[name][0][:, :32].copy(), pairs[name][1])}


@pytest.mark.parametrize(
    ("pairs", "options", "reason"),
    [
        (wrong_rows, {}, "has incorrect shape"),
        (lambda pairs: {"blk.9.attn_q.weight": pairs["blk.0.attn_q.weight"]}, {}, "does not exist in base model"),
        (lambda pairs: pairs, {"architecture": "gemma"}, "model arch and LoRA arch mismatch"),
        (
            lambda pairs: {"token_embd.weight": (np.zeros((512, 4), np.float32), np.zeros((64, 8), np.float32))},
            {},
            "the pair for 'token_embd.weight' has shapes",
        ),
        (
            lambda pairs: {"blk.0.attn_q.weight": (np.zeros((2, 4, 64), np.float32), np.zeros((2, 64, 4), np.float32))},
            {},
            "the pair for 'blk.0.attn_q.weight' has shapes",
        ),
        (
            lambda pairs: {"blk.0.attn_q.weight": (np.zeros((4, 64), np.int32), np.zeros((64, 4), np.int32))},
            {},
            "has type i32, which nothing multiplies with",
        ),
    ],
)
def test_an_adapter_of_another_model(
    tiny_llama: Path, tmp_path: Path, pairs: Any, options: dict[str, Any], reason: str
) -> None:
    path = write_lora(tmp_path / "lora.gguf", pairs(tiny_pairs()), alpha=ALPHA, **options)
    with Model(tiny_llama) as model:
        with pytest.raises(ModelLoadError, match=reason) as caught:
            model.adapter(path)
        assert caught.value.path == str(path)


def test_files_that_are_no_adapters(tiny_llama: Path, lora: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(lora.read_bytes()[:-100])
    odd = tmp_path / "odd.gguf"
    writer = GGUFWriter(odd, "llama")
    writer.add_uint32("general.type", 3)  # llama.cpp asserts that it is a string
    write_tensors(writer, odd, {})
    with Model(tiny_llama) as model:
        for path, reason in (
            (tmp_path / "missing.gguf", "there is no such file"),
            (tiny_llama, "expect general.type to be 'adapter', but got:"),
            (cut, "not within the file bounds"),
            (odd, "GGML_ASSERT"),
        ):
            with pytest.raises(ModelLoadError, match=reason):
                model.adapter(path)


def test_tied_embeddings(tmp_path: Path) -> None:
    tensors = llama_tensors(LlamaShape(), 512, 0)
    del tensors["output.weight"]
    base = tmp_path / "tied.gguf"
    writer = GGUFWriter(base, "llama")
    LlamaShape().write(writer, "tied", 512)
    spm_vocab(512).write(writer)
    write_tensors(writer, base, tensors)
    pairs = {"token_embd.weight": (np.zeros((512, 4), np.float32), np.zeros((64, 4), np.float32))}
    path = write_lora(tmp_path / "lora.gguf", pairs, alpha=ALPHA)
    with Model(base) as model, pytest.raises(ModelLoadError, match="which this model's output shares"):
        model.adapter(path)


def test_what_cannot_be_set(tiny_llama: Path, lora: Path) -> None:
    with Model(tiny_llama) as model, Model(tiny_llama) as twin, model.context(n_ctx=256) as context:
        wrong: Any
        for wrong, kind, reason in (
            ([model.adapter(lora)], TypeError, "must be a mapping from Adapter to scale"),
            ({"lora": 1.0}, TypeError, "'lora' is not an Adapter"),
            ({twin.adapter(lora): 1.0}, ValueError, "was loaded for another Model object"),
            ({model.adapter(lora): float("nan")}, ValueError, "must be finite, from .* not nan"),
        ):
            with pytest.raises(kind, match=reason):
                context.set_adapters(wrong)
        assert not context.adapters
    with Model(tiny_llama, vocab_only=True) as model, pytest.raises(Exception, match="without its weights"):
        Adapter(model, lora)


def test_a_control_vector_is_added(tiny_llama: Path, tmp_path: Path) -> None:
    directions = control_directions(4, 64)
    weights = read_weights(tiny_llama)
    expected = llama_logits(weights, TOKENS, directions=directions)
    plain = llama_logits(weights, TOKENS)
    vector = ControlVector.load(write_cvec(tmp_path / "cvec.gguf", directions))
    np.testing.assert_array_equal(vector.directions, directions)
    with Model(tiny_llama) as model, model.context(**EXACT) as context:
        for given, wanted in (
            (directions, expected),
            (None, plain),
            (vector, expected),
            (-0.5 * vector, llama_logits(weights, TOKENS, directions=-0.5 * directions)),
            (vector + 2 * vector, llama_logits(weights, TOKENS, directions=3 * directions)),
            # Layers that are not there are zeros, and not what was there before.
            (directions[:2], llama_logits(weights, TOKENS, directions=directions * [[0], [1], [0], [0]])),
            (None, plain),
        ):
            context.set_control_vector(given)
            np.testing.assert_allclose(logits(context), wanted, atol=1e-4)
    assert np.abs(expected - plain).max() > 1


def test_a_control_vector_beside_an_adapter(tiny_llama: Path, lora: Path) -> None:
    directions = control_directions(4, 64)
    weights = merged(read_weights(tiny_llama), tiny_pairs(), alpha=ALPHA, scale=1.0)
    with Model(tiny_llama) as model, model.context(**EXACT) as context:
        context.set_control_vector(directions)
        context.set_adapters({model.adapter(lora): 1.0})
        expected = llama_logits(weights, TOKENS, directions=directions)
        np.testing.assert_allclose(logits(context), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("directions", "reason"),
    [
        (np.zeros((4, 65)), r"is \[4, 65\], the model has n_layer=4 and n_embd=64"),
        (np.zeros((5, 64)), r"is \[5, 64\], the model has n_layer=4"),
        (np.zeros(64), "a row for each layer"),
        (np.full((4, 64), np.nan), "not finite"),
        (np.ones((4, 64)), "row 0 of the control vector must be zeros"),
    ],
)
def test_control_vectors_that_do_not_fit(tiny_llama: Path, directions: Any, reason: str) -> None:
    with Model(tiny_llama) as model, model.context(n_ctx=256) as context, pytest.raises(ValueError, match=reason):
        context.set_control_vector(directions)


def test_one_layer_has_no_place_for_it(tmp_path: Path) -> None:
    path = write_llama(tmp_path / "one.gguf", shape=LlamaShape(n_layer=1))
    with (
        Model(path) as model,
        model.context(n_ctx=256) as context,
        pytest.raises(ValueError, match="the model has one layer"),
    ):
        context.set_control_vector(np.zeros((1, 64), np.float32))


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({}, "it has no directions"),
        ({"direction.0": np.zeros(4, np.float32)}, "tensor 'direction.0' of shape"),
        ({"direction.1": np.zeros((2, 4), np.float32)}, "is not a direction.N of one dimension"),
        ({"weight": np.zeros(4, np.float32)}, "tensor 'weight' of shape"),
        (
            {"direction.1": np.zeros(4, np.float32), "direction.2": np.zeros(5, np.float32)},
            r"its directions have lengths \[4, 5\]",
        ),
        ({"direction.1": np.full(4, np.inf, np.float32)}, "not finite"),
        ({"direction.1": np.zeros(4, np.int32)}, "ggml has no conversion from i32"),
    ],
)
def test_files_that_are_no_control_vectors(tmp_path: Path, tensors: dict[str, Any], reason: str) -> None:
    path = write_tensors(GGUFWriter(tmp_path / "c.gguf", "controlvector"), tmp_path / "c.gguf", tensors)
    with pytest.raises(ModelLoadError, match=reason):
        ControlVector.load(path)
