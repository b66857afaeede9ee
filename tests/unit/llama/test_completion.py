"""Text that continues a prompt: what comes back, whole and in parts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama, Model, SamplingParams, Sequence, generate
from llamacffi.llama.tokenizers import BaseLlamaTokenizer
from llamacffi.llama.types import CreateCompletionStreamResponse
from tests.conftest import SCRIPT
from tests.models import BigramModel, write_cohere2, write_lfm2, write_mamba
from tests.unit.llama.exact import EXACT
from tests.unit.llama.quiet import n_cancelled

KEYS = {"id", "object", "created", "model", "choices"}


def text_of(parts: list[CreateCompletionStreamResponse], index: int = 0) -> str:
    return "".join(choice["text"] for part in parts for choice in part["choices"] if choice["index"] == index)


def test_the_response_has_the_shape_of_openai(scripted_llm: Llama) -> None:
    response = scripted_llm("a", max_tokens=None, temperature=0)
    assert set(response) == KEYS | {"usage"}
    assert response["id"].startswith("cmpl-")
    assert response["object"] == "text_completion"
    assert response["model"] == scripted_llm.model_path
    assert type(response["created"]) is int
    choice = {"text": SCRIPT, "index": 0, "logprobs": None, "finish_reason": "stop"}
    assert response["choices"] == [choice]


def test_usage_counts_the_prompt_with_bos_and_the_answer_without_its_end(scripted_llm: Llama, scripted: Any) -> None:
    response = scripted_llm.create_completion("a", max_tokens=None, temperature=0)
    n_prompt, n_said = len(scripted_llm.tokenize(b"a")), len(scripted.script.tokens)
    usage = {"prompt_tokens": n_prompt, "completion_tokens": n_said, "total_tokens": n_prompt + n_said}
    assert response["usage"] == usage


@pytest.mark.parametrize("max_tokens", [1, 3, 16])
def test_max_tokens(scripted_llm: Llama, scripted: Any, max_tokens: int) -> None:
    response = scripted_llm("a", max_tokens=max_tokens, temperature=0)
    said = scripted_llm.detokenize(scripted.script.tokens[:max_tokens]).decode("utf-8", "replace")
    assert response["choices"][0]["text"] == said
    assert response["choices"][0]["finish_reason"] == "length"
    assert response["usage"]["completion_tokens"] == max_tokens


def test_sixteen_tokens_by_default(scripted_llm: Llama) -> None:
    assert scripted_llm("a", temperature=0)["usage"]["completion_tokens"] == 16


@pytest.mark.parametrize("max_tokens", [None, 0, -1])
def test_without_a_limit_the_context_is_filled(tiny_llama: Any, max_tokens: int | None) -> None:
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        response = llm([5, 6, 7], max_tokens=max_tokens, temperature=0, ignore_eos=True)
        assert response["choices"][0]["finish_reason"] == "length"
        # The last token has no place of its own: it is sampled, not decoded.
        assert response["usage"]["total_tokens"] == 256 + 1


@pytest.mark.parametrize("max_tokens", [10_000, 2**40])
def test_max_tokens_beyond_the_context_ends_with_it(tiny_llama: Any, max_tokens: int) -> None:
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        response = llm([5, 6, 7], max_tokens=max_tokens, temperature=0, ignore_eos=True)
        assert response["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("stop", ["STOP", ["never", "STOP"], ("STOP",)])
def test_stop_texts_are_left_out(scripted_llm: Llama, stop: Any) -> None:
    choice = scripted_llm("a", max_tokens=None, temperature=0, stop=stop)["choices"][0]
    assert choice["text"] == SCRIPT.partition("STOP")[0]
    assert choice["finish_reason"] == "stop"


def test_the_first_stop_text_that_comes_is_the_one(scripted_llm: Llama) -> None:
    text = scripted_llm("a", max_tokens=None, temperature=0, stop=["STOP", "llama"])["choices"][0]["text"]
    assert text == SCRIPT.partition("llama")[0]


def test_a_stream_is_the_same_text_in_parts(scripted_llm: Llama) -> None:
    # The engine waits for the reader, who would else find several tokens in one part.
    options: Any = {"logits_processor": [_slow], "stop": "STOP"}
    parts = list(scripted_llm("a", max_tokens=None, temperature=0, stream=True, **options))
    assert text_of(parts) == SCRIPT.partition("STOP")[0]
    assert len(parts) > 10
    assert all(set(part) == KEYS for part in parts)
    assert len({part["id"] for part in parts}) == 1
    assert [part["choices"][0]["finish_reason"] for part in parts] == [None] * (len(parts) - 1) + ["stop"]
    assert parts[-1]["choices"] == [{"text": "", "index": 0, "logprobs": None, "finish_reason": "stop"}]
    for part in parts:  # never half a character
        assert "\ufffd" not in part["choices"][0]["text"]


def _slow(_tokens: Any, logits: Any) -> Any:
    time.sleep(0.002)
    return logits


def test_the_usage_comes_in_a_last_part(scripted_llm: Llama) -> None:
    options: Any = {"include_usage": True}
    parts = list(scripted_llm("a", max_tokens=4, temperature=0, stream=True, stream_options=options))
    assert parts[-1]["choices"] == []
    assert parts[-1]["usage"]["completion_tokens"] == 4
    assert all("usage" not in part for part in parts[:-1])


def test_a_stream_that_is_closed_ends_the_request(tiny_llm: Llama) -> None:
    before = n_cancelled(tiny_llm)
    parts = tiny_llm([5], max_tokens=None, ignore_eos=True, stream=True)
    next(parts)
    parts.close()  # type: ignore[attr-defined]  # it is a generator
    assert tiny_llm([5], max_tokens=1)["usage"]["completion_tokens"] == 1
    assert n_cancelled(tiny_llm) == before + 1


def test_a_stream_that_nobody_reads_ends(tiny_llm: Llama) -> None:
    tiny_llm([5], max_tokens=None, ignore_eos=True, stream=True)
    for _ in range(10):  # more than run at a time
        assert tiny_llm([5], max_tokens=1)["usage"]["completion_tokens"] == 1


def test_echo_repeats_the_prompt(scripted_llm: Llama) -> None:
    prompt = "Tell me: 🦙"
    text = scripted_llm(prompt, max_tokens=2, temperature=0)["choices"][0]["text"]
    assert scripted_llm(prompt, max_tokens=2, temperature=0, echo=True)["choices"][0]["text"] == prompt + text
    parts = list(scripted_llm(prompt, max_tokens=2, temperature=0, echo=True, stream=True))
    assert text_of(parts) == prompt + text


def test_echo_spells_a_prompt_of_tokens(scripted_llm: Llama) -> None:
    tokens = scripted_llm.tokenize(b"a b")
    assert scripted_llm(tokens, max_tokens=1, temperature=0, echo=True)["choices"][0]["text"].startswith("a b")


def test_a_prompt_may_be_tokens(tiny_llm: Llama) -> None:
    tokens = tiny_llm.tokenize(b"the llama")
    text = tiny_llm("the llama", temperature=0)["choices"][0]["text"]
    assert tiny_llm(tokens, temperature=0)["choices"][0]["text"] == text
    assert tiny_llm(b"the llama", temperature=0)["choices"][0]["text"] == text


def test_control_tokens_in_a_prompt_are_control_tokens(tiny_llm: Llama) -> None:
    n = tiny_llm("<|im_start|>", max_tokens=1)["usage"]["prompt_tokens"]
    assert n == 2  # BOS and this one


def test_a_bos_in_the_prompt_is_not_doubled(tiny_llm: Llama) -> None:
    assert tiny_llm("<s>", max_tokens=1)["usage"]["prompt_tokens"] == 1


def test_several_prompts_are_answered_together(tiny_llm: Llama) -> None:
    prompts = ["the", "llama", "said"]
    alone = [tiny_llm(prompt, max_tokens=8, temperature=0)["choices"][0]["text"] for prompt in prompts]
    response = tiny_llm(prompts, max_tokens=8, temperature=0)
    assert [choice["text"] for choice in response["choices"]] == alone
    assert [choice["index"] for choice in response["choices"]] == [0, 1, 2]
    counts = [tiny_llm(prompt, max_tokens=8, temperature=0)["usage"]["prompt_tokens"] for prompt in prompts]
    assert response["usage"]["prompt_tokens"] == sum(counts)
    parts = list(tiny_llm(prompts, max_tokens=8, temperature=0, stream=True))
    assert [text_of(parts, i) for i in range(3)] == alone


def test_n_answers_have_seeds_that_follow(tiny_llm: Llama) -> None:
    alone = [tiny_llm("the", max_tokens=8, seed=seed)["choices"][0]["text"] for seed in (5, 6, 7)]
    response = tiny_llm("the", max_tokens=8, seed=5, n=3)
    assert [choice["text"] for choice in response["choices"]] == alone
    n_prompt = response["usage"]["prompt_tokens"]
    assert n_prompt == tiny_llm("the", max_tokens=1)["usage"]["prompt_tokens"]
    two = tiny_llm(["the", "llama"], max_tokens=8, seed=5, n=2)["choices"]
    assert [choice["text"] for choice in two[:2]] == alone[:2]
    assert [choice["index"] for choice in two] == [0, 1, 2, 3]


def test_best_of_returns_the_most_probable(tiny_llm: Llama) -> None:
    def mean(seed: int) -> tuple[float, str]:
        told = tiny_llm("the", max_tokens=6, seed=seed, logprobs=0)["choices"][0]
        assert told["logprobs"] is not None
        values = [value for value in told["logprobs"]["token_logprobs"] if value is not None]
        return sum(values) / len(values), told["text"]

    ranked = sorted((mean(seed) for seed in range(10, 14)), reverse=True)
    response = tiny_llm("the", max_tokens=6, seed=10, n=2, best_of=4)
    assert [choice["text"] for choice in response["choices"]] == [text for _, text in ranked[:2]]
    assert all(choice["logprobs"] is None for choice in response["choices"])
    with pytest.raises(ValueError, match="best_of=4"):
        tiny_llm("the", best_of=4, stream=True)


def test_threads_may_call_at_once(tiny_llm: Llama) -> None:
    prompts = [[5 + i, 6, 7] for i in range(12)]
    alone = [tiny_llm(prompt, max_tokens=12, temperature=0)["choices"][0]["text"] for prompt in prompts]
    said: dict[int, str] = {}

    def ask(i: int) -> None:
        said[i] = text_of(list(tiny_llm(prompts[i], max_tokens=12, temperature=0, stream=True)))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [said[i] for i in range(len(prompts))] == alone


def test_the_answer_is_that_of_the_engine(tiny_llm: Llama) -> None:
    options: dict[str, Any] = {"temperature": 0.7, "top_k": 7, "top_p": 0.9, "min_p": 0.01, "seed": 3, "max_tokens": 20}
    stream = tiny_llm.engine.submit([5, 6], SamplingParams(**options))
    assert tiny_llm([5, 6], **options)["choices"][0]["text"] == stream.completion().text


def test_the_defaults_are_those_that_people_rely_on(bigram_llm: Llama, bigram: BigramModel) -> None:
    params = SamplingParams(
        max_tokens=16, temperature=0.8, top_p=0.95, min_p=0.05, typical_p=1.0, top_k=40, repeat_penalty=1.0, seed=4
    )
    text = bigram_llm.engine.submit([9, 8], params).completion().text
    assert bigram_llm([9, 8], seed=4)["choices"][0]["text"] == text


def test_a_model_name_of_ones_own(scripted_llm: Llama) -> None:
    assert scripted_llm("a", max_tokens=1, model="mine")["model"] == "mine"


def test_the_first_arguments_by_place(scripted_llm: Llama) -> None:
    assert scripted_llm.create_completion("a", None, 2, 0.0)["usage"]["completion_tokens"] == 2


def test_an_empty_prompt_begins_with_bos(scripted_llm: Llama) -> None:
    response = scripted_llm("", max_tokens=3, temperature=0)
    assert response["usage"]["prompt_tokens"] == 1
    assert SCRIPT.startswith(response["choices"][0]["text"])


@pytest.mark.parametrize("write", [write_mamba, write_lfm2, write_cohere2])
def test_models_of_other_kinds(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    path = write(tmp_path / "other.gguf")
    with Model(path) as model, model.context(n_ctx=256, n_threads=1, n_threads_batch=1) as context:
        params = SamplingParams(max_tokens=12, temperature=0)
        expected = generate(Sequence(context), [5, 6, 7], params).text
    with Llama(path, n_ctx=256, n_threads=1, n_threads_batch=1, verbose=False) as llm:
        for _ in range(2):  # the second one finds the prompt computed
            assert llm([5, 6, 7], max_tokens=12, temperature=0)["choices"][0]["text"] == expected
        assert llm([5, 6, 7], max_tokens=4, n=3, temperature=0)["usage"]["prompt_tokens"] == 3


class Reversing(BaseLlamaTokenizer):
    """A token for each letter, the last one first."""

    def tokenize(self, text: bytes, add_bos: bool = True, special: bool = True) -> list[int]:  # noqa: FBT001, FBT002
        return list(reversed(text))

    def detokenize(self, tokens: Any, prev_tokens: Any = None, special: bool = False) -> bytes:  # noqa: FBT001, FBT002
        return bytes(reversed([token for token in tokens if token > 2]))


def test_a_tokenizer_of_its_own_reads_the_prompt(tiny_llama: Path, tiny_llm: Llama) -> None:
    with Llama(tiny_llama, n_ctx=256, tokenizer=Reversing(), **EXACT) as llm:
        response = llm("abc", max_tokens=4, temperature=0)
        assert response["usage"]["prompt_tokens"] == 4  # BOS too, which the model wants
        tokens = [llm.token_bos(), *reversed(b"abc")]
        assert response["choices"][0]["text"] == tiny_llm(tokens, max_tokens=4, temperature=0)["choices"][0]["text"]
        assert llm.detokenize(llm.tokenize(b"abc")) == b"abc"
        assert llm.tokenizer_.tokenize(b"abc") == [99, 98, 97]
