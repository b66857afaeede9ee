"""From a prompt to an answer: what is emitted, where it ends, and what is left behind."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from llamacffi import (
    ChatTemplate,
    Context,
    ContextOverflow,
    Greedy,
    LlamaError,
    Model,
    SamplerChain,
    SamplingParams,
    Sequence,
    generate,
    generate_many,
    generate_tokens,
    prompt_logprobs,
    stream_generate,
)
from tests.models import ScriptedModel, spm_vocab, write_bigram, write_llama
from tests.models.bigram import random_logits
from tests.models.reference import greedy, read_weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llamacffi._native.options import ContextOptions

PROMPT = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
GREEDY = SamplingParams(temperature=0)
EXACT: ContextOptions = {"n_threads": 1, "n_ctx": 256, "type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled"}


@pytest.fixture
def text(scripted: ScriptedModel) -> str:
    return scripted.script.text


@pytest.mark.parametrize("params", [GREEDY, SamplingParams(), SamplingParams(temperature=0.3, top_k=0, min_p=0)])
def test_the_script_is_said_exactly(sequence: Sequence, scripted: ScriptedModel, params: SamplingParams) -> None:
    completion = generate(sequence, PROMPT, params)
    assert completion.text == scripted.script.text
    assert completion.tokens == scripted.script.tokens
    assert completion.finish_reason == "stop"
    assert completion.finish.stop is None
    # The token that ended it was sampled and not fed.
    assert sequence.tokens == [*sequence.context.model.vocab.tokenize(PROMPT, parse_special=True), *completion.tokens]


def test_chunks_are_whole_characters_and_join_to_the_text(sequence: Sequence, scripted: ScriptedModel) -> None:
    chunks = list(stream_generate(sequence, PROMPT, GREEDY))
    assert "".join(chunk.text for chunk in chunks) == scripted.script.text
    assert tuple(itertools.chain(*(chunk.tokens for chunk in chunks))) == scripted.script.tokens
    # A chunk is the text of its own tokens: what four byte tokens spell comes in one.
    spelt = [b"".join(map(sequence.context.model.vocab.piece, chunk.tokens)).decode() for chunk in chunks]
    assert spelt == [chunk.text for chunk in chunks]
    assert [chunk.text for chunk in chunks if "🦙" in chunk.text] == ["🦙"]
    assert all(chunk.text for chunk in chunks[:-1])
    assert [chunk.finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]


def test_tokens_go_on_after_the_end_until_they_are_no_longer_asked_for(
    sequence: Sequence, scripted: ScriptedModel
) -> None:
    vocab = sequence.context.model.vocab
    n = len(scripted.script.tokens)
    with SamplerChain(Greedy()) as chain:
        tokens = list(
            itertools.islice(generate_tokens(sequence, vocab.tokenize(PROMPT, parse_special=True), chain), n + 3)
        )
    assert tokens == [*scripted.script.tokens, *[scripted.script.vocab.eot] * 3]


def test_greedy_tokens_are_those_of_the_reference(tiny_llama: Path) -> None:
    prompt = [1, 300, 301, 302]
    with (
        Model(tiny_llama) as model,
        model.context(**EXACT) as context,
        SamplerChain(Greedy()) as chain,
    ):
        tokens = list(itertools.islice(generate_tokens(Sequence(context), prompt, chain), 32))
    assert tokens == greedy(read_weights(tiny_llama), prompt, 32)


@pytest.mark.parametrize(
    ("stop", "shown"),
    [
        ("STOP", "nothing else.\n" + '{"name": "get_weather", "arguments": {"city": "Paris"}}\n'),
        (["never", "STOP", "\n{"], "nothing else."),
        ("🦙", "Hello, world! "),
        ("字", "Hello, world! 🦙 Größe 漢"),
        ("Hello", ""),
        ("l.", "The tai"),
    ],
)
def test_a_stop_string_ends_the_text_before_it(
    sequence: Sequence, text: str, stop: str | list[str], shown: str
) -> None:
    chunks = list(stream_generate(sequence, PROMPT, SamplingParams(temperature=0, stop=stop)))
    streamed = "".join(chunk.text for chunk in chunks)
    finish = chunks[-1].finish
    assert finish is not None
    assert finish.reason == "stop"
    assert finish.stop in ([stop] if isinstance(stop, str) else stop)
    assert text.startswith(streamed + str(finish.stop))
    assert streamed.endswith(shown)


def test_every_stop_string_in_the_text_is_found(sequence: Sequence, text: str) -> None:
    for start, length in itertools.product(range(0, len(text) - 12, 7), (1, 2, 5, 12)):
        stop = text[start : start + length]
        completion = generate(sequence, PROMPT, SamplingParams(temperature=0, stop=stop))
        assert completion.text == text[: text.index(stop)]
        assert completion.finish.stop == stop


def test_a_stop_string_that_never_comes_changes_nothing(sequence: Sequence, text: str) -> None:
    completion = generate(sequence, PROMPT, SamplingParams(temperature=0, stop=["l.x", "tail.."]))
    assert (completion.text, completion.finish.stop) == (text, None)


@pytest.mark.parametrize("n", [1, 5, 7, 44])
def test_max_tokens(sequence: Sequence, scripted: ScriptedModel, n: int) -> None:
    completion = generate(sequence, PROMPT, SamplingParams(temperature=0, max_tokens=n))
    tokens = scripted.script.tokens[:n]
    spelt = b"".join(map(sequence.context.model.vocab.piece, tokens))
    assert completion.tokens == tokens
    assert completion.finish_reason == "length"
    # Half a character at the end is shown as what it is.
    assert completion.text == spelt.decode(errors="replace")


def test_max_tokens_of_zero_only_reads_the_prompt(sequence: Sequence) -> None:
    completion = generate(sequence, PROMPT, SamplingParams(max_tokens=0))
    assert (completion.text, completion.tokens, completion.finish_reason) == ("", (), "length")
    assert len(sequence) == completion.usage.prompt_tokens


def test_ignore_eos_goes_on_until_the_context_is_full(sequence: Sequence, text: str) -> None:
    completion = generate(sequence, PROMPT, SamplingParams(temperature=0, ignore_eos=True))
    assert completion.text.startswith(text)
    assert completion.finish_reason == "length"
    # Every place is taken, and one more token was sampled.
    assert sequence.n_free == 0
    assert completion.usage.total_tokens == sequence.context.n_ctx_seq + 1


def test_a_prompt_that_fills_the_context_gets_one_token(sequence: Sequence) -> None:
    completion = generate(sequence, [5] * sequence.context.n_ctx_seq, GREEDY)
    assert (len(completion.tokens), completion.finish_reason) == (1, "length")


def test_a_prompt_that_does_not_fit_is_refused_before_anything_is_done(sequence: Sequence) -> None:
    n_ctx = sequence.context.n_ctx_seq
    sequence.feed([5, 6])
    with pytest.raises(ContextOverflow, match=f"the prompt has {n_ctx + 1} tokens, the context room for {n_ctx}"):
        stream_generate(sequence, [5] * (n_ctx + 1))
    assert sequence.tokens == [5, 6]


def test_an_empty_prompt_is_refused(sequence: Sequence) -> None:
    with pytest.raises(ValueError, match="the prompt is empty"):
        stream_generate(sequence, [])


def test_what_the_sequence_holds_of_the_prompt_is_not_decoded_again(sequence: Sequence, text: str) -> None:
    first = generate(sequence, PROMPT, GREEDY)
    again = generate(sequence, PROMPT, GREEDY)
    n_prompt = first.usage.prompt_tokens
    assert (first.usage.cached_tokens, again.usage.cached_tokens) == (0, n_prompt - 1)
    assert again.text == first.text == text
    longer = generate(sequence, f"{PROMPT}{text}<|im_end|>\n", GREEDY)
    assert longer.usage.cached_tokens == n_prompt + first.usage.completion_tokens
    assert longer.text == text


def test_usage_and_timings(sequence: Sequence, scripted: ScriptedModel) -> None:
    completion = generate(sequence, PROMPT, GREEDY)
    assert completion.usage.completion_tokens == len(scripted.script.tokens)
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert completion.timings.prompt > 0
    assert completion.timings.generation > 0


def test_closing_the_stream_leaves_the_sequence_as_it_is(sequence: Sequence, scripted: ScriptedModel) -> None:
    stream = stream_generate(sequence, PROMPT, GREEDY)
    taken = [next(stream) for _ in range(3)]
    stream.close()  # type: ignore[attr-defined]
    n_prompt = len(sequence.context.model.vocab.tokenize(PROMPT, parse_special=True))
    # The last token was yielded and not yet fed.
    assert sequence.tokens[n_prompt:] == list(scripted.script.tokens[: len(taken) - 1])
    assert sequence.context.memory.pos_max(0) == len(sequence) - 1
    assert generate(sequence, PROMPT, GREEDY).text == scripted.script.text


@pytest.fixture(scope="module")
def random_context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    path = write_llama(tmp_path_factory.mktemp("random") / "model.gguf", seed=3)
    with Model(path) as model, model.context(**EXACT) as context:
        yield context


def test_the_same_seed_says_the_same(random_context: Context) -> None:
    sequence = Sequence(random_context)
    params = SamplingParams(temperature=1.5, max_tokens=24, ignore_eos=True)
    first = generate(sequence, "hello", params)
    other = generate(sequence, "hello", params)
    again = generate(sequence, "hello", replace(params, seed=first.seed))
    assert other.seed != first.seed
    assert other.tokens != first.tokens
    assert again.tokens == first.tokens


def test_penalties_see_the_prompt(tmp_path: Path) -> None:
    vocab = spm_vocab()
    logits = random_logits(len(vocab), scale=0.1)
    logits[300, 310], logits[300, 311] = 9.0, 8.0
    path = write_bigram(tmp_path / "bigram.gguf", logits, vocab)
    with Model(path) as model, model.context(n_threads=1, n_ctx=256) as context:
        sequence = Sequence(context)
        plain = SamplingParams(temperature=0, max_tokens=1)
        assert generate(sequence, [310, 300], plain).tokens == (310,)
        assert generate(sequence, [310, 300], replace(plain, presence_penalty=2.0)).tokens == (311,)


def test_bos_is_never_doubled(sequence: Sequence) -> None:
    n = generate(sequence, PROMPT, SamplingParams(max_tokens=0)).usage.prompt_tokens
    assert sequence.tokens[0] == sequence.context.model.vocab.bos
    assert generate(sequence, "<s>" + PROMPT, SamplingParams(max_tokens=0)).usage.prompt_tokens == n


def test_a_token_longer_than_the_buffer_is_spelt_whole(tmp_path: Path) -> None:
    long, short = "long " * 200, "short"
    vocab = spm_vocab(extra=[long, short])
    logits = random_logits(len(vocab), scale=0.1)
    logits[300, vocab.ids[long]] = logits[vocab.ids[long], vocab.ids[short]] = 50.0
    logits[vocab.ids[short], vocab.eot] = 50.0
    path = write_bigram(tmp_path / "bigram.gguf", logits, vocab)
    with Model(path) as model, model.context(n_threads=1, n_ctx=256) as context:
        assert generate(Sequence(context), [300], GREEDY).text == long + short


@pytest.mark.model
def test_the_default_model_knows_the_capital_of_france(default_model: Path) -> None:
    with Model(default_model) as model, model.context(n_threads=1, n_ctx=512) as context:
        prompt = ChatTemplate.from_model(model).render(
            [{"role": "user", "content": "What is the capital of France? Answer in one sentence."}]
        )
        completion = generate(Sequence(context), prompt, SamplingParams(temperature=0, max_tokens=32))
    assert completion.text == "The capital of France is Paris."
    assert completion.finish_reason == "stop"


def test_two_generations_cannot_share_a_sequence(sequence: Sequence, text: str) -> None:
    first = stream_generate(sequence, PROMPT, GREEDY)
    next(first)
    assert generate(sequence, PROMPT, GREEDY).text == text
    with pytest.raises(LlamaError, match="something else used the sequence during a generation"):
        next(first)
    # Nor is a sequence that was filled the end.
    filled = stream_generate(sequence, PROMPT, GREEDY)
    next(filled)
    sequence.feed([300] * sequence.n_free)
    with pytest.raises(LlamaError, match="something else used the sequence during a generation"):
        next(filled)
    # Not begun yet, but the prompt was compared with what the sequence then held.
    late = stream_generate(sequence, PROMPT, GREEDY)
    sequence.rewind(0)
    with pytest.raises(LlamaError, match="give each generation a Sequence of its own"):
        next(late)


@pytest.mark.parametrize(
    ("prompt", "error", "message"),
    [
        (["a"], TypeError, "token 0 of the prompt is no whole number: ['a']"),
        ([1, 2, 1.5], TypeError, "token 2 of the prompt is no whole number"),
        (b"text", TypeError, "the prompt is b'text', but must be text or token ids"),
        (5, TypeError, "the prompt is 5, but must be text or token ids"),
        ([5, -1], ValueError, "token -1 is not in the vocabulary, which is 0 to"),
        ([10**20], ValueError, "token 100000000000000000000 is not in the vocabulary"),
    ],
)
def test_what_is_no_prompt_is_refused_before_anything_is_done(
    sequence: Sequence, prompt: Any, error: type[Exception], message: str
) -> None:
    sequence.feed([5, 6])
    for function in (generate, stream_generate, prompt_logprobs):
        with pytest.raises(error, match=re.escape(message)):
            function(sequence, prompt)
    assert sequence.tokens == [5, 6]


def test_options_that_are_none_are_refused(sequence: Sequence) -> None:
    options: Any = {"temperature": 0}
    with pytest.raises(TypeError, match="params is {'temperature': 0}, but must be a SamplingParams"):
        stream_generate(sequence, PROMPT, options)


def test_what_is_no_sequence_is_refused(sequence: Sequence) -> None:
    wrongs: list[Any] = [sequence.context, sequence.context.model, None]
    for wrong in wrongs:
        for function in (generate, stream_generate, partial(generate_many, n=2)):
            with pytest.raises(TypeError, match=r"sequence must be a Sequence, as Sequence\(context\) is"):
                function(wrong, [5, 6])
