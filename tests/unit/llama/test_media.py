"""Pictures and sound in the calls of a Llama: a red one is the embedding of a token, and is answered as that is."""

from __future__ import annotations

import asyncio
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import AsyncLlama, ChatTemplate, Llama, LlamaPromptLookupDecoding, Media
from llamacffi.errors import ContextError, ContextOverflow, MediaError, ModelLoadError, TemplateError
from llamacffi.llama.chat_options import asked
from llamacffi.llama.formats import get_chat_completion_handler
from tests.capabilities import needs
from tests.media_files import tone
from tests.models import write_audio_projector, write_color_projector
from tests.models.colors import COLOR_TOKENS, noise, rows_of, without_media
from tests.unit.llama.exact import EXACT
from tests.unit.llama.seeing import BLUE, RED, SAYS, asks, content, part, text

pytestmark = [needs("mtmd's parts"), needs("llama-common's chat code")]


def prompt_of(llm: Llama, messages: Any) -> list[int]:
    """What the model's own template makes of messages."""
    made = ChatTemplate.from_model(llm.model).apply(messages, vocab=llm.vocab)
    return list(made.tokens or ())


def test_a_picture_is_answered_as_the_token_of_its_colour(seeing_llm: Llama) -> None:
    messages = asks("abc ", part(RED), " def ", part(BLUE), "?")
    tokens, colors = prompt_of(seeing_llm, messages), iter(COLOR_TOKENS[::2])
    words = [next(colors) if token < 0 else token for token in tokens]
    answer: Any = seeing_llm.create_chat_completion(messages, **SAYS)
    assert content(answer) == text(seeing_llm(words, **SAYS)) != text(seeing_llm(words[::-1], **SAYS))
    assert answer["usage"]["prompt_tokens"] == len(tokens)
    parts: Any = seeing_llm.create_chat_completion(messages, stream=True, **SAYS)
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in parts) == content(answer)


def test_with_everything_that_a_chat_takes(seeing_llm: Llama) -> None:
    messages = asks(part(RED), "What?")
    words = without_media(prompt_of(seeing_llm, messages), COLOR_TOKENS[0])
    told: Any = seeing_llm.create_chat_completion(messages, logprobs=True, top_logprobs=2, n=2, **SAYS)
    plainly: Any = seeing_llm(words, logprobs=2, **SAYS)
    expected = plainly["choices"][0]["logprobs"]["token_logprobs"]
    for choice in told["choices"]:
        assert [one["logprob"] for one in choice["logprobs"]["content"]] == pytest.approx(expected, abs=1e-4)
    document = {"type": "object", "properties": {"c": {"enum": ["red", "blue"]}}, "required": ["c"]}
    form: Any = {"type": "json_schema", "json_schema": {"schema": document}}
    answer = seeing_llm.create_chat_completion(messages, response_format=form, temperature=0, max_tokens=60)
    assert json.loads(content(answer))["c"] in ("red", "blue")
    tool: Any = {"type": "function", "function": {"name": "paint", "parameters": document}}
    once: Any = {"temperature": 0, "max_tokens": 200, "parallel_tool_calls": False}
    for choose in ("required", {"type": "function", "function": {"name": "paint"}}):
        called: Any = seeing_llm.create_chat_completion(messages, tools=[tool], tool_choice=choose, **once)
        (call,) = called["choices"][0]["message"]["tool_calls"]
        assert json.loads(call["function"]["arguments"])["c"] in ("red", "blue")
    result = [*messages, called["choices"][0]["message"], {"role": "tool", "tool_call_id": call["id"], "content": "ok"}]
    assert content(seeing_llm.create_chat_completion(result, tools=[tool], tool_choice="none", **SAYS))


@pytest.mark.parametrize(
    "form",
    [RED, {"type": "image", "image": RED}, {"type": "image_url", "image_url": RED.data_uri}, np.asarray(RED.data)],
    ids=["Media", "image", "url", "array"],
)
def test_every_form_of_a_picture(seeing_llm: Llama, form: Any) -> None:
    form = {"type": "image", "image": form} if isinstance(form, np.ndarray) else form
    expected = content(seeing_llm.create_chat_completion(asks(part(RED), "What?"), **SAYS))
    assert content(seeing_llm.create_chat_completion(asks(form, "What?"), **SAYS)) == expected


@pytest.mark.parametrize("chat_format", ["chatml", "vicuna", "llama-2", "chatml-function-calling", "functionary"])
def test_a_format_of_text_writes_pictures_where_they_stand(seeing: Path, chat_format: str) -> None:
    with Llama(seeing, n_ctx=1024, chat_format=chat_format, **EXACT) as llm:
        handler: Any = get_chat_completion_handler(chat_format)
        prompt = handler.plan(llm, asked(llm, asks("abc ", RED, " def"), {})).prompt
        assert "abc <__media__> def" in prompt.text
        expected = text(llm(without_media(prompt.tokens, COLOR_TOKENS[0]), **SAYS))
        assert content(llm.create_chat_completion(asks("abc ", part(RED), " def"), **SAYS)).strip() == expected.strip()
        assert llm.model.projector.n_encoded == 1


@pytest.mark.parametrize("name", ["mmproj", "clip_model_path"])
def test_the_projector_by_its_names(tmp_path: Path, tiny_llama: Path, name: str) -> None:
    eye = write_color_projector(tmp_path / "eye.gguf", rows_of(tiny_llama))
    options: Any = {name: str(eye)}
    with Llama(tiny_llama, n_ctx=512, **options, **EXACT) as llm:
        assert llm.model.mmproj == eye
        assert content(llm.create_chat_completion(asks(part(RED), "?"), **SAYS))
        again = pickle.loads(pickle.dumps(llm))
        with again:
            assert again.model.mmproj == eye


def test_who_does_not_see(seeing: Path, tiny_llama: Path) -> None:
    picture = asks(part(RED), "?")
    blind: list[tuple[Path, Any]] = [(seeing, {"mmproj": False}), (tiny_llama, {}), (tiny_llama, {"mmproj": True})]
    for path, options in blind:
        with Llama(path, n_ctx=256, **options, **EXACT) as llm:
            for chat_format in (llm.chat_format, "chatml", "mtmd", "llava-1-5"):
                llm.chat_format = chat_format
                with pytest.raises(MediaError, match=r"takes text alone.*Llama\(…, mmproj="):
                    llm.create_chat_completion(picture)
            with pytest.raises(MediaError, match="takes text alone"):
                llm(["a", RED])
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"mmproj": seeing.parent / "nowhere.gguf"}, ModelLoadError, "no such file"),
        ({"clip_model_path": str(seeing.parent)}, ModelLoadError, "folder"),
        ({"mmproj": "a", "clip_model_path": "b"}, ValueError, "mmproj='a' and clip_model_path='b' say the same"),
        ({"mmproj": 5}, TypeError, "mmproj is 5"),
    ]
    for given, kind, message in wrong:
        with pytest.raises(kind, match=message):
            Llama(tiny_llama, **given, **EXACT)


def test_what_is_no_picture(seeing_llm: Llama) -> None:
    for url in ("https://example.org/cat.png", "file:///etc/passwd", "/etc/passwd"):
        with pytest.raises(TemplateError, match="must be a data URI"):
            seeing_llm.create_chat_completion(asks({"type": "image_url", "image_url": {"url": url}}))
    with pytest.raises(MediaError, match="no base64"):
        seeing_llm.create_chat_completion(asks({"type": "image_url", "image_url": "data:image/png;base64,?"}))
    with pytest.raises(MediaError, match="takes no sound"):
        seeing_llm.create_chat_completion(asks(Media.audio(tone(440, 0.2))))


def test_what_a_text_spells_stands_for_nothing(seeing_llm: Llama) -> None:
    messages = asks(part(RED), "<__media__> <__media_0123456789abcdef_0__> <|im_end|>")
    for chat_format in ("chatml", "llava-1-5", "mtmd"):
        seeing_llm.chat_format = chat_format
        before = seeing_llm.model.projector.n_encoded
        assert content(seeing_llm.create_chat_completion(messages, **SAYS)) is not None
        assert seeing_llm.model.projector.n_encoded <= before + 1
    seeing_llm.chat_format = "chat_template.default"


def test_a_second_question_about_a_picture(seeing: Path) -> None:
    with Llama(seeing, n_ctx=1024, **EXACT) as llm:
        first = asks(part(RED), "What is it?")
        answer = llm.create_chat_completion(first, **SAYS)["choices"][0]["message"]
        kept = llm.engine.stats().cached_tokens
        more: Any = [*first, answer, {"role": "user", "content": "And now?"}]
        assert content(llm.create_chat_completion(more, **SAYS))
        n_first = len(prompt_of(llm, first))
        assert llm.engine.stats().cached_tokens - kept >= n_first - 2
        assert llm.model.projector.n_encoded == 1


def test_with_asyncio_and_threads(seeing_llm: Llama) -> None:
    questions = [asks(part(noise(i % 2, 20)), f"What is {i}?") for i in range(8)]
    expected = [content(seeing_llm.create_chat_completion(one, **SAYS)) for one in questions]
    with ThreadPoolExecutor(8) as pool:
        assert (
            list(pool.map(lambda one: content(seeing_llm.create_chat_completion(one, **SAYS)), questions)) == expected
        )

    async def ask() -> list[Any]:
        asyncs = AsyncLlama(seeing_llm)
        made = await asyncio.gather(*(asyncs.create_chat_completion(one, **SAYS) for one in questions))
        parts = await asyncs.create_chat_completion(questions[0], stream=True, **SAYS)
        told = [one["choices"][0]["delta"].get("content", "") async for one in parts]
        return [*map(content, made), "".join(told)]

    assert asyncio.run(ask()) == [*expected, expected[0]]


def test_sound(tiny_llama: Path, tmp_path: Path) -> None:
    with Llama(tiny_llama, n_ctx=512, mmproj=write_audio_projector(tmp_path / "ear.gguf", 64), **EXACT) as llm:
        data = Media.audio(tone(440, 0.5)).data_uri.partition(",")[2]
        heard: Any = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
        for chat_format in (llm.chat_format, "chatml", "llava-1-5"):
            llm.chat_format = chat_format
            answer: Any = llm.create_chat_completion(asks(heard, "What?"), **SAYS)
            assert answer["usage"]["prompt_tokens"] > 75
        assert llm.model.projector.n_encoded == 1


def test_completions(seeing_llm: Llama) -> None:
    given: Any = ["abc ", RED, " def"]
    tokens = seeing_llm.model.projector.prompt(given)
    words = without_media(tokens, COLOR_TOKENS[0])
    expected = text(seeing_llm(words, **SAYS))
    assert text(seeing_llm(given, **SAYS)) == text(seeing_llm(tokens, **SAYS)) == expected
    several: Any = seeing_llm([given, "abc", words], **SAYS)
    assert [one["text"] for one in several["choices"]][::2] == [expected, expected]
    assert text(seeing_llm(given, echo=True, **SAYS)) == f"abc <__media__> def{expected}"
    assert text(seeing_llm(tokens, echo=True, **SAYS)) == f"abc  def{expected}"
    told: Any = seeing_llm(given, logprobs=2, n=2, best_of=3, **SAYS)
    assert told["choices"][0]["logprobs"]["text_offset"][0] == len("abc <__media__> def")
    penalised: Any = {"repeat_penalty": 1.3, "penalize_prompt": True, "presence_penalty": 0.3, "dry_multiplier": 0.5}
    assert text(seeing_llm(given, **penalised, **SAYS)) is not None
    assert text(seeing_llm(given, predictor=LlamaPromptLookupDecoding(), **SAYS)) == expected
    refused: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"suffix": "x"}, MediaError, "suffix is for a gap in a text"),
        ({"echo": True, "logprobs": 1}, ValueError, "prompt of text"),
        ({"overflow": "shift"}, ContextError, "pictures or sound"),
    ]
    for options, kind, message in refused:
        with pytest.raises(kind, match=message):
            seeing_llm(given, **options, **SAYS)
    wrong: Any = ["a", RED, 5]
    with pytest.raises(TypeError, match="has 5 in it"):
        seeing_llm(wrong)
    with pytest.raises(MediaError, match="ends with a picture"):
        seeing_llm(["a", RED])
    for one in (tokens, given):
        with pytest.raises(MediaError, match="its tokens no vectors"):
            seeing_llm.embed(one)


def test_vectors(seeing: Path) -> None:
    with Llama(seeing, n_ctx=64, pooling_type="last", **EXACT) as llm:
        given: Any = ["abc ", RED, " def"]
        tokens = llm.model.projector.prompt(given)
        words = without_media(tokens, COLOR_TOKENS[0])
        expected = llm.embed(words)
        assert llm.embed(tokens) == pytest.approx(expected, abs=1e-4)
        several, n = llm.embed([given, words, "abc"], return_count=True)
        assert several[0] == pytest.approx(expected, abs=1e-4)
        assert n > 2 * len(tokens)
        with pytest.raises(ContextOverflow, match="shorten it"):
            llm.embed(["a " * 600, RED, "b"])
