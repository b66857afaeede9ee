"""Tokenizers as objects, and others in the place of the model's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama
from llamacffi.llama.tokenizers import LlamaHFTokenizer, LlamaTokenizer
from tests.capabilities import needs
from tests.models import Script, write_scripted
from tests.unit.llama.exact import EXACT

TEXT = "Größe 🦙."


class FakeTokenizer:
    """What transformers' tokenizers do: of a vocabulary's own, backwards, so that it can be told from the model's."""

    bos_token_id = 1
    additional_special_tokens = ("<|START_OF_FUNCTION_CALL|>",)

    def __init__(self, llm: Llama) -> None:
        self.llm = llm
        self.asked: list[tuple[str, bool, bool]] = []

    def encode(self, text: str, *, add_special_tokens: bool, split_special_tokens: bool = False) -> list[int]:
        self.asked.append((text, add_special_tokens, split_special_tokens))
        tokens = self.llm.vocab.tokenize(text, add_special=False, parse_special=not split_special_tokens)
        return [*([1] if add_special_tokens else []), *tokens]

    def decode(self, tokens: list[int], *, skip_special_tokens: bool) -> str:
        return b"".join(self.llm.vocab.pieces(tokens, special=not skip_special_tokens)).decode("utf-8", "replace")

    def apply_chat_template(self, messages: Any, *, tokenize: bool) -> str:
        assert not tokenize
        return "".join(f"{one['role']}:{one['content']}\n" for one in messages)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scripted(tmp_path_factory.mktemp("tokenizers") / "m.gguf", Script.of(TEXT), n_ctx_train=2048)


def test_the_models_own_as_an_object(path: Path) -> None:
    with Llama(path, **EXACT) as llm:
        tokenizer = llm.tokenizer()
        assert isinstance(tokenizer, LlamaTokenizer)
        assert isinstance(llm.tokenizer_, LlamaTokenizer)
        data = TEXT.encode()
        assert tokenizer.tokenize(data, add_bos=False) == llm.vocab.tokenize(
            data, add_special=False, parse_special=True
        )
        assert tokenizer.encode(f"{TEXT}\udc00") == tokenizer.tokenize(data)
        tokens = tokenizer.tokenize(data, add_bos=False)
        assert tokenizer.detokenize(tokens).strip() == data
        assert tokenizer.decode(tokens).strip() == TEXT
    only = LlamaTokenizer.from_ggml_file(path)
    assert only.encode(TEXT) == tokens_of(path)


def tokens_of(path: Path) -> list[int]:
    with Llama(path, **EXACT) as llm:
        return llm.tokenize(TEXT.encode(), special=True)


def test_another_takes_its_place(path: Path) -> None:
    with Llama(path, vocab_only=True, verbose=False) as inner:
        fake = FakeTokenizer(inner)
        tokenizer = LlamaHFTokenizer(fake)
        with Llama(path, tokenizer=tokenizer, **EXACT) as llm:
            assert llm.tokenizer_ is tokenizer
            (end,) = llm.tokenize(b"<|im_end|>", add_bos=False, special=True)
            assert len(llm.tokenize(b"<|im_end|>", add_bos=False, special=False)) > 1
            assert llm.tokenize(b"Hi")[0] == 1
            assert llm.detokenize([end], special=True) == b"<|im_end|>"
            assert llm.detokenize([end]) == b""
            fake.asked.clear()
            assert llm.create_completion("What then?\n", temperature=0, max_tokens=40)["choices"][0]["text"] == TEXT
            assert [text for text, _, _ in fake.asked] == ["What then?\n"]


@needs("llama-common's chat code")
@pytest.mark.parametrize(
    "chat_format", ["chat_template.default", "zephyr", "functionary-v2", "chatml-function-calling"]
)
def test_and_writes_the_prompts_of_conversations(path: Path, chat_format: str) -> None:
    with Llama(path, vocab_only=True, verbose=False) as inner:
        fake = FakeTokenizer(inner)
        with Llama(path, tokenizer=LlamaHFTokenizer(fake), chat_format=chat_format, **EXACT) as llm:
            answer = llm.create_chat_completion([{"role": "user", "content": "What?"}], temperature=0)
            assert answer["choices"][0]["message"]["content"] == TEXT
        prompts = [text for text, _, _ in fake.asked if "What?" in text]
        assert len(prompts) == 1
        if chat_format == "functionary-v2":  # it is version 1 by its tokens
            assert prompts[0].startswith(
                "system:A chat between a curious user and an artificial intelligence assistant."
            )
            assert prompts[0].endswith("user:What?\nassistant:\n")


@needs("llama-common's chat code")
@pytest.mark.parametrize("stream", [False, True])
def test_functionarys_first_version_calls(*, stream: bool, tmp_path: Path) -> None:
    text = 'So: <|START_OF_FUNCTION_CALL|>weather:\n{"city": "Rom"}<|END_OF_FUNCTION_CALL|>'
    path = write_scripted(tmp_path / "v1.gguf", Script.of(text), n_ctx_train=2048)
    properties = {"city": {"type": "string"}}
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"properties": properties}}}
    with (
        Llama(path, vocab_only=True, verbose=False) as inner,
        Llama(path, tokenizer=LlamaHFTokenizer(FakeTokenizer(inner)), chat_format="functionary-v1", **EXACT) as llm,
    ):
        made: Any = llm.create_chat_completion(
            [{"role": "user", "content": "?"}], tools=[tool], temperature=0, stream=stream
        )
        if stream:
            deltas = [part["choices"][0]["delta"] for part in made]
            calls = [delta["tool_calls"][0]["function"] for delta in deltas if "tool_calls" in delta]
            said = "".join(delta.get("content", "") for delta in deltas)
            called = calls[0]["name"], "".join(call["arguments"] for call in calls)
        else:
            message = made["choices"][0]["message"]
            said, (call,) = message["content"], message["tool_calls"]
            called = call["function"]["name"], call["function"]["arguments"]
    assert (said, called) == ("So:", ("weather", '{"city": "Rom"}'))


@needs("llama-common's chat code")
def test_functionary_needs_a_template_from_somewhere(tmp_path: Path) -> None:
    path = write_scripted(tmp_path / "none.gguf", Script.of(TEXT), chat_template=None)
    with (
        Llama(path, chat_format="functionary-v2", **EXACT) as llm,
        pytest.raises(ValueError, match=r"no chat template.*tokenizer=LlamaHFTokenizer\.from_pretrained"),
    ):
        llm.create_chat_completion([{"role": "user", "content": "?"}])


def test_bos_is_never_doubled(path: Path) -> None:
    with Llama(path, vocab_only=True, verbose=False) as inner:
        tokenizer = LlamaHFTokenizer(FakeTokenizer(inner))
        text = inner.detokenize([inner.token_bos()], special=True) + b"Hi"
        assert tokenizer.tokenize(text)[:2].count(1) == 1


def test_what_follows_part_of_a_character(path: Path) -> None:
    with Llama(path, vocab_only=True, verbose=False) as inner:
        tokenizer = LlamaHFTokenizer(FakeTokenizer(inner))
        tokens = inner.vocab.tokenize("a🦙b", add_special=False)
        whole = "a🦙b".encode()
        for n in range(1, len(tokens)):
            known = tokenizer.detokenize(tokens[:n])
            new = tokenizer.detokenize(tokens[n:], prev_tokens=tokens[:n])
            assert (known.decode().rstrip("\ufffd").encode() + new).strip() == whole


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r"'owner/model'.*pip install transformers"):
        LlamaHFTokenizer.from_pretrained("owner/model")
