"""Pictures in what goes step by step, in caches, and in what functions and tokenizers of others see."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Llama, LlamaDiskCache, LlamaRAMCache, Projector
from llamacffi.errors import MediaError
from llamacffi.llama import BaseLlamaCache, BaseLlamaTokenizer
from tests.capabilities import needs
from tests.models import write_random_projector
from tests.models.colors import COLOR_TOKENS, noise, without_media
from tests.unit.llama.exact import EXACT
from tests.unit.llama.seeing import BLUE, RED, SAYS, asks, content, part, text

pytestmark = [needs("mtmd's parts"), needs("llama-common's chat code")]


def test_functions_see_the_tokens_of_texts(seeing_llm: Llama) -> None:
    tokens = seeing_llm.model.projector.prompt(["abc ", RED, " def"])
    shown: list[list[int]] = []

    def process(ids: Any, scores: Any) -> Any:
        shown.append(ids.tolist())
        return scores

    def stop(ids: Any, _logits: Any) -> bool:
        shown.append(ids.tolist())
        return False

    def guess(ids: Any, **_: Any) -> Any:
        shown.append(ids.tolist())
        return ids[:1]

    options: Any = {"logits_processor": [process], "stopping_criteria": [stop]}
    made = text(seeing_llm(tokens, predictor=guess, **options, **SAYS))
    assert made == text(seeing_llm(tokens, **SAYS))
    assert len(shown) >= 2
    shown.clear()
    assert len([next(seeing_llm.generate(tokens, temp=0, **options))]) == 1
    assert shown
    assert all(token >= 0 for ids in shown for token in ids)
    assert shown[0] == [token for token in tokens if token >= 0]


class Bytes(BaseLlamaTokenizer):
    """Tokens of its own: those of the bytes, from 3 on."""

    def tokenize(self, text: bytes, add_bos: bool = True, special: bool = True) -> list[int]:  # noqa: FBT001, FBT002
        return [byte + 3 for byte in text]

    def detokenize(self, tokens: Any, prev_tokens: Any = None, special: bool = False) -> bytes:  # noqa: FBT001, FBT002
        return bytes(token - 3 for token in tokens if 3 <= token < 259)


@pytest.mark.parametrize("chat_format", [None, "chatml", "llava-1-5", "chatml-function-calling"])
def test_a_tokenizer_of_its_own(seeing: Path, chat_format: str | None) -> None:
    with Llama(seeing, n_ctx=1024, tokenizer=Bytes(), chat_format=chat_format, **EXACT) as llm:
        answer: Any = llm.create_chat_completion(asks("abc ", part(RED), " def"), **SAYS)
        assert llm.model.projector.n_encoded == 1
        written: Any = llm.create_chat_completion([{"role": "user", "content": "abc  def"}], **SAYS)
        assert answer["usage"]["prompt_tokens"] > written["usage"]["prompt_tokens"]
        tokens = llm.model.projector.prompt([RED], add_special=False)
        assert llm.detokenize([100, *tokens, 101]) == b"ab"
        tool: Any = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
        called: Any = llm.create_chat_completion(asks(part(RED)), tools=[tool], tool_choice="required", max_tokens=200)
        assert called["usage"]["prompt_tokens"] > 30


@pytest.mark.parametrize("keeps", [False, True], ids=["last", "all"])
def test_step_by_step(seeing: Path, keeps: bool) -> None:  # noqa: FBT001 - a parameter
    with Llama(seeing, n_ctx=256, logits_all=keeps, **EXACT) as llm:
        tokens = llm.model.projector.prompt(["abc ", RED, " def"])
        words, at = without_media(tokens, COLOR_TOKENS[0]), min(i for i, token in enumerate(tokens) if token < 0)
        llm.eval(words)
        expected, last = llm.sample(temp=0), llm.scores[-1]
        llm.reset()
        llm.eval(tokens)
        assert llm.input_ids.tolist() == [max(token, -1) for token in tokens] == list(llm.eval_tokens)
        assert llm.detokenize(llm.input_ids.tolist()) == b"abc  def"
        assert llm.scores.shape == (len(tokens), llm.n_vocab())
        assert np.allclose(llm.scores[-1], last, atol=1e-4)
        assert not keeps or np.asarray(llm.scores)[at].any()
        assert llm.sample(temp=0) == expected
        state = pickle.loads(pickle.dumps(llm.save_state()))
        llm.n_tokens = at
        llm.eval([5])
        assert llm.input_ids.tolist() == [*tokens[:at], 5]
        llm.load_state(state)
        assert (llm.n_tokens, llm.sample(temp=0)) == (len(tokens), expected)
        made = []
        for prompt in (tokens, words, tokens, tokens):
            generator = llm.generate(prompt, temp=0)
            made.append([next(generator) for _ in range(6)])
        assert made[0] == made[1] == made[2] == made[3]
        with pytest.raises(MediaError, match="ends with a picture"):
            next(llm.generate(tokens[: at + 1]))
        assert llm.longest_token_prefix(tokens, words) == at
        assert llm.model.projector.n_encoded == 1


def test_a_picture_is_there_whole_or_not(tiny_llama: Path, tmp_path: Path) -> None:
    eye = write_random_projector(tmp_path / "eye.gguf", 64)  # 16 embeddings a picture
    with Llama(tiny_llama, n_ctx=256, n_batch=8, logits_all=True, mmproj=eye, **EXACT) as llm:
        tokens = llm.model.projector.prompt(["abc ", noise(1), " def"])
        at = min(i for i, token in enumerate(tokens) if token < 0)
        llm.eval(tokens)
        assert np.asarray(llm.scores[-1]).shape == (llm.n_vocab(),)
        with pytest.raises(ValueError, match="in the middle of a picture"):
            llm.n_tokens = at + 3
        llm.n_tokens = at + 16
        assert llm.input_ids.tolist()[at:] == [-1] * 16
        with pytest.raises(MediaError):
            llm.eval(tokens[at : at + 5])
        llm.reset()
        llm.eval(tokens)
        assert llm.n_tokens == len(tokens)


class Dictionary(BaseLlamaCache):
    """A cache of somebody else's."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[int, ...], Any] = {}

    @property
    def cache_size(self) -> int:
        return sum(one.n_bytes for one in self.held.values())

    def __getitem__(self, key: Any) -> Any:
        return self.held[tuple(key)]

    def __contains__(self, key: Any) -> bool:
        return tuple(key) in self.held

    def __setitem__(self, key: Any, value: Any) -> None:
        self.held[tuple(key)] = value


@pytest.mark.parametrize("kind", ["ram", "disk", "dictionary"])
def test_prompt_caches(seeing: Path, tmp_path: Path, kind: str) -> None:
    cache: Any = {"ram": LlamaRAMCache, "dictionary": Dictionary}.get(kind, lambda: LlamaDiskCache(tmp_path))()
    with Llama(seeing, n_ctx=256, **EXACT) as llm:
        tokens = llm.model.projector.prompt(["abc ", RED, " def"])
        words, other = without_media(tokens, COLOR_TOKENS[0]), llm.model.projector.prompt(["abc ", BLUE, " def"])
        prompts = (tokens, words, other, tokens, words)
        expected = [text(llm(prompt, **SAYS)) for prompt in prompts]
        llm.set_cache(cache)
        assert [text(llm(prompt, **SAYS)) for prompt in prompts] == expected
        llm.eval(tokens)
        state = llm.save_state()
        if kind == "ram":
            cache[tokens] = state
            assert tokens in cache
            assert cache[tokens].n_tokens == len(tokens)
            assert [text(llm(prompt, **SAYS)) for prompt in prompts] == expected
        elif kind == "disk":
            with pytest.raises(MediaError, match="not kept in files"):
                cache[tokens] = state
            assert tokens not in cache
        if kind != "dictionary":
            with pytest.raises(MediaError, match="which one it was"):
                cache[llm.input_ids.tolist()] = state


def test_another_projector_from_now_on(seeing: Path) -> None:
    with Llama(seeing, n_ctx=256, **EXACT) as other:
        first = content(other.create_chat_completion(asks(part(RED), "?"), **SAYS))
        eye = other.model.projector
        other.see_with(seeing.parent / "mmproj-tiny.gguf")
        assert other.model.projector is eye
        other.see_with(seeing.parent / "mmproj-tiny.gguf", use_gpu=False)
        assert isinstance(other.model.projector, Projector)
        assert other.model.projector is not eye
        assert content(other.create_chat_completion(asks(part(RED), "?"), **SAYS)) == first
