"""Conversations: whole and streamed, in the layout of OpenAI's API."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import ClosedError, ContextOverflow, GrammarError, Llama, MediaError, TemplateError
from llamacffi.llama.chat_options import CHAT_DEFAULTS, ChatOptions
from llamacffi.llama.llama_grammar import LlamaGrammar
from tests.capabilities import needs
from tests.models import BigramModel, Script, write_scripted
from tests.unit.llama.exact import EXACT

pytestmark = needs("llama-common's chat code")

TEXT = "Größe 漢字 🦙! STOP. The tail."
USER: Any = [{"role": "user", "content": "What then?"}]
ORIGINAL = re.findall(
    r"\w+",
    """
    messages functions function_call tools tool_choice temperature top_p top_k min_p typical_p stream stop seed
    response_format max_tokens presence_penalty frequency_penalty repeat_penalty tfs_z mirostat_mode mirostat_tau
    mirostat_eta model logits_processor grammar logit_bias logprobs top_logprobs
    """,
)


@pytest.fixture(scope="module")
def script() -> Script:
    return Script.of(TEXT)


@pytest.fixture(scope="module")
def llm(script: Script, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    path = write_scripted(tmp_path_factory.mktemp("chat") / "chat.gguf", script, n_ctx_train=512)
    with Llama(path, **EXACT) as llm:
        yield llm


def test_an_answer(llm: Llama, script: Script) -> None:
    answer = llm.create_chat_completion(USER, temperature=0)
    assert answer["id"].startswith("chatcmpl-")
    assert (answer["object"], answer["model"]) == ("chat.completion", llm.model_path)
    assert answer["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": TEXT}, "logprobs": None, "finish_reason": "stop"}
    ]
    prompt = "<|im_start|>user\nWhat then?<|im_end|>\n<|im_start|>assistant\n"
    n_prompt = len(llm.tokenize(prompt.encode(), special=True))
    n = len(script.tokens)
    assert answer["usage"] == {"prompt_tokens": n_prompt, "completion_tokens": n, "total_tokens": n_prompt + n}


def test_a_stream_says_the_same(llm: Llama, script: Script) -> None:
    parts = list(llm.create_chat_completion(USER, temperature=0, stream=True, stream_options={"include_usage": True}))
    assert {part["object"] for part in parts} == {"chat.completion.chunk"}
    assert len({(part["id"], part["created"], part["model"]) for part in parts}) == 1
    choices: Any = [part["choices"][0] for part in parts[:-1]]
    assert choices[0] == {"index": 0, "delta": {"role": "assistant"}, "logprobs": None, "finish_reason": None}
    assert "".join(choice["delta"]["content"] for choice in choices[1:-1]) == TEXT
    assert choices[-1] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}
    assert parts[-1]["choices"] == []
    usage = parts[-1]["usage"]
    assert usage is not None
    assert usage["completion_tokens"] == len(script.tokens)
    assert all("usage" not in part for part in parts[:-1])
    assert "usage" not in list(llm.create_chat_completion(USER, stream=True))[-1]


def test_stop_strings_and_limits_end_it(llm: Llama, script: Script) -> None:
    for stop in ("STOP", ["never", "STOP"]):
        (choice,) = llm.create_chat_completion(USER, temperature=0, stop=stop)["choices"]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("Größe 漢字 🦙! ", "stop")
    (choice,) = llm.create_chat_completion(USER, temperature=0, max_tokens=3, stop=None)["choices"]
    said = b"".join(llm.vocab.piece(token) for token in script.tokens[:3]).decode()
    assert (choice["message"]["content"], choice["finish_reason"]) == (said, "length")
    parts: Any = list(llm.create_chat_completion(USER, temperature=0, stop="STOP", stream=True))
    assert "".join(part["choices"][0]["delta"].get("content", "") for part in parts) == "Größe 漢字 🦙! "


def test_several_answers(llm: Llama, script: Script) -> None:
    answer = llm.create_chat_completion(USER, n=3, temperature=0)
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert {choice["message"]["content"] for choice in answer["choices"]} == {TEXT}
    assert answer["usage"]["completion_tokens"] == 3 * len(script.tokens)
    said = {0: "", 1: "", 2: ""}
    ended = set()
    for part in llm.create_chat_completion(USER, n=3, temperature=0, stream=True):
        (choice,) = part["choices"]
        delta: Any = choice["delta"]
        said[choice["index"]] += delta.get("content", "")
        if choice["finish_reason"]:
            ended.add(choice["index"])
    assert set(said.values()) == {TEXT}
    assert ended == {0, 1, 2}


def test_seeds(tiny_llm: Llama) -> None:
    tiny_llm.chat_format = "chatml"

    def said(**options: Any) -> list[Any]:
        answer = tiny_llm.create_chat_completion(USER, temperature=1.5, max_tokens=8, **options)
        return [choice["message"]["content"] for choice in answer["choices"]]

    assert said(seed=7, n=2) == [*said(seed=7), *said(seed=8)]
    assert said(seed=7) != said(seed=8)


def test_logprobs_in_the_layout_of_the_api(bigram_llm: Llama, bigram: BigramModel) -> None:
    bigram_llm.chat_format = "chatml"
    answer = bigram_llm.create_chat_completion(
        USER, temperature=0, max_tokens=4, logprobs=True, top_logprobs=3, logit_bias={"<|im_end|>": -math.inf}
    )
    logprobs = answer["choices"][0]["logprobs"]
    assert logprobs is not None
    content = logprobs["content"]
    assert content is not None
    assert logprobs["refusal"] is None
    assert len(content) == 4
    token = bigram_llm.tokenize(b"<|im_start|>assistant\n", add_bos=False, special=True)[-1]
    for each in content:
        row = bigram.logits[token].astype(np.float64)
        expected = row - np.log(np.exp(row).sum())
        best = np.argsort(expected)[::-1][:3]
        assert [top["logprob"] for top in each["top_logprobs"]] == pytest.approx(expected[best].tolist(), abs=1e-4)
        pieces = [list(bigram_llm.vocab.piece(int(i), special=True)) for i in best]
        assert [top["bytes"] for top in each["top_logprobs"]] == pieces
        chosen = next(i for i in best if each["bytes"] == list(bigram_llm.vocab.piece(int(i), special=True)))
        assert each["logprob"] == pytest.approx(expected[chosen], abs=1e-4)
        assert each["token"] == bytes(each["bytes"] or ()).decode("utf-8", "replace")
        token = int(chosen)


def test_logprobs_are_streamed_once_each(llm: Llama, script: Script) -> None:
    parts: Any = list(llm.create_chat_completion(USER, temperature=0, logprobs=True, stream=True))
    told = [part["choices"][0]["logprobs"] for part in parts]
    tokens = [each["bytes"] for one in told if one is not None for each in one["content"]]
    assert tokens == [list(llm.vocab.piece(token)) for token in script.tokens]
    assert all(each["top_logprobs"] == [] for one in told if one is not None for each in one["content"])
    # Without logprobs, top_logprobs tells nothing.
    assert llm.create_chat_completion(USER, max_tokens=1, top_logprobs=2)["choices"][0]["logprobs"] is None


SCHEMA = {"type": "object", "properties": {"n": {"enum": [3, 14]}}, "required": ["n"]}


@pytest.mark.parametrize(
    "form",
    [
        {"response_format": {"type": "json_object", "schema": SCHEMA}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "it", "schema": SCHEMA, "strict": True}}},
        {"schema": SCHEMA},
        {"grammar": LlamaGrammar.from_json_schema(SCHEMA)},
        {"regex": r'\{"n": ?(3|14)\}'},
        {"choices": ['{"n": 3}', '{"n": 14}']},
    ],
)
@pytest.mark.parametrize("chat_format", ["chat_template.default", "zephyr"])
def test_an_answer_is_held_to_its_form(form: dict[str, Any], chat_format: str, llm: Llama) -> None:
    llm.chat_format = chat_format
    answer = llm.create_chat_completion(USER, temperature=0.7, seed=1, **form)
    content = answer["choices"][0]["message"]["content"]
    assert content is not None
    assert re.fullmatch(r'\{\s*"n"\s*:\s*(3|14)\s*\}\s*', content)
    parts: Any = list(llm.create_chat_completion(USER, temperature=0.7, seed=1, stream=True, **form))
    assert "".join(part["choices"][0]["delta"].get("content", "") for part in parts) == content
    llm.chat_format = "chat_template.default"


def test_a_json_schema_is_neither_ignored_nor_widened(llm: Llama) -> None:
    """Peers take any JSON for a schema that they cannot honour, and know no type json_schema."""
    bad = {"type": "object", "properties": {"a": {"not": {"type": "string"}}}}
    form: Any = {"type": "json_schema", "json_schema": {"schema": bad}}
    with pytest.raises(GrammarError, match=r"'not' at #/properties/a/not cannot be honoured"):
        llm.create_chat_completion(USER, response_format=form)
    wrong: Any = {"type": "json"}
    with pytest.raises(GrammarError, match="its type must be text, json_object or json_schema"):
        llm.create_chat_completion(USER, response_format=wrong)
    text: Any = {"type": "text"}
    assert llm.create_chat_completion(USER, response_format=text)["choices"][0]["message"]["content"] == TEXT


def test_biases_processors_and_criteria_count(llm: Llama, script: Script) -> None:
    first = script.tokens[0]
    banned = llm.create_chat_completion(USER, temperature=0, max_tokens=1, logit_bias={first: -math.inf})
    assert banned["choices"][0]["message"]["content"] != llm.vocab.piece(first).decode()
    seen = []

    def processor(tokens: Any, scores: Any) -> Any:
        seen.append(len(tokens))
        return scores

    n = llm.create_chat_completion(
        USER,
        temperature=0,
        logits_processor=[processor],
        logit_bias={first: 1.0},
        stopping_criteria=lambda tokens, _: len(tokens) >= seen[0] + 2,
    )["usage"]["completion_tokens"]
    assert n == 2
    assert seen[:2] == [seen[0], seen[0] + 1]


MISUSE: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"messages": []}, TemplateError, "the messages are empty"),
    ({"messages": "Hello"}, TemplateError, "must be a list of mappings"),
    ({"messages": [{"content": "?"}]}, TemplateError, "message 0 is .* a mapping with a 'role'"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, MediaError, "None is no picture"),
    ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, TemplateError, "message 0 has .* 'video'"),
    ({"messages": [{"role": "user", "content": "a " * 600}]}, ContextOverflow, "the conversation has .* tokens"),
    ({"temprature": 1}, TypeError, "temprature.*temperature"),
    ({"logprobs": 5}, TypeError, "logprobs is 5, but must be True or False"),
    ({"top_logprobs": -1}, ValueError, "top_logprobs"),
    ({"n": 0}, ValueError, "n must be from 1"),
    ({"stream": "yes"}, TypeError, "stream must be True or False, not 'yes'"),
    ({"stop": 5}, TypeError, "stop is 5"),
    ({"reasoning_format": "odd"}, ValueError, "reasoning_format is 'odd'"),
    ({"reasoning_budget": -2}, ValueError, "reasoning_budget must be from -1"),
    ({"chat_template_kwargs": {"tools": []}}, ValueError, "chat_template_kwargs has tools"),
    ({"token_healing": True}, ValueError, "token_healing is for a prompt"),
    ({"schema": SCHEMA, "grammar": "root ::= [a]"}, TemplateError, "leave one out"),
    ({"schema": SCHEMA, "response_format": {"type": "json_object"}}, ValueError, "held to one of them"),
]


@pytest.mark.parametrize(("given", "error", "match"), MISUSE, ids=[str(sorted(each[0])) for each in MISUSE])
def test_misuse(given: dict[str, Any], error: type[Exception], match: str, llm: Llama) -> None:
    with pytest.raises(error, match=match):
        llm.create_chat_completion(**{"messages": USER, **given})
    assert llm.create_chat_completion(USER, max_tokens=1)["choices"]


def test_a_closed_one(tiny_llama: Path) -> None:
    llm = Llama(tiny_llama, **EXACT)
    llm.close()
    with pytest.raises(ClosedError):
        llm.create_chat_completion(USER)


def test_its_signature_names_what_there_is() -> None:
    function: Callable[..., Any] = Llama.create_chat_completion
    parameters = inspect.signature(function).parameters
    assert [name for name in ORIGINAL if name not in parameters] == []
    assert [*parameters][1:7] == ORIGINAL[:6]
    defaults = {"temperature": 0.2, "top_p": 0.95, "top_k": 40, "min_p": 0.05, "repeat_penalty": 1.0, "tfs_z": 1.0}
    assert {name: parameters[name].default for name in defaults} == defaults
    assert ChatOptions.__annotations__.keys() | {"temperature"} == CHAT_DEFAULTS.keys()
