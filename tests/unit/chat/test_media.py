"""Pictures in conversations: where they stand, what stands for them, and what is computed once."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import ChatSession, ChatTemplate, Model, SamplingParams, Sequence, StateError, TemplateError, generate
from llamacffi.chat.media import MARKER, take_media
from llamacffi.core.media import Media
from llamacffi.errors import MediaError
from tests.capabilities import needs
from tests.models import write_color_projector
from tests.models.colors import COLOR_TOKENS, COLORS, plain, rows_of, without_media
from tests.models.exact import EXACT

pytestmark = needs("mtmd's parts")
OPTIONS: dict[str, Any] = {**EXACT, "n_threads": 1}
GREEDY = SamplingParams(temperature=0, max_tokens=8, ignore_eos=True)
TEXT = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}<|assistant|>"
TYPED = """{%- for m in messages -%}
[{{ m.role }}]
{%- if m.content is string -%}{{ raise_exception("content must be a list") }}{%- endif -%}
{%- for part in m.content -%}
{%- if part.type == "image" -%}<|image_pad|>{%- elif part.type == "text" -%}{{ part.text }}{%- endif -%}
{%- endfor -%}
{%- endfor -%}[assistant]"""


@pytest.fixture(scope="module")
def model(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = write_color_projector(tmp_path_factory.mktemp("color") / "mmproj.gguf", rows_of(tiny_llama))
    with Model(tiny_llama, mmproj=path) as model:
        yield model


def user(*parts: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts)}]


def of_openai(media: Media) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": media.data_uri, "detail": "low"}}


RED, BLUE = plain("red"), plain("blue")


@pytest.mark.parametrize("source", [TEXT, TYPED])
def test_a_picture_stands_where_it_was_said(model: Model, source: str) -> None:
    template = ChatTemplate(source)
    parts = ["a ", RED, " b ", BLUE, " c"]
    prompt = template.apply(user(*parts), vocab=model.vocab)
    assert prompt.tokens is not None
    assert prompt.text.count(MARKER) == 2
    colors = iter(COLOR_TOKENS[::2])
    seen = [next(colors) if token < 0 else token for token in prompt.tokens]
    texts = prompt.text.split(MARKER)
    expected = [model.vocab.bos]
    for text, color in zip(texts, [COLOR_TOKENS[0], COLOR_TOKENS[2], None], strict=True):
        expected += model.vocab.tokenize(text, add_special=False, parse_special=True)
        expected += [] if color is None else [color]
    assert seen == expected
    assert texts[0].endswith("a ")
    assert texts[1] == " b "


@pytest.mark.parametrize(
    "part",
    [
        RED,
        of_openai(RED),
        {"type": "image_url", "image_url": RED.data_uri},
        {"type": "image", "image": RED},
        {"type": "image", "image": np.asarray(RED.data)},
        {"type": "image", "image": base64.b64decode(RED.data_uri.partition(",")[2])},
    ],
    ids=["media", "image_url", "url", "image", "array", "bytes"],
)
def test_every_form_of_a_picture(model: Model, part: Any) -> None:
    template = ChatTemplate(TEXT)
    expected = template.apply(user("a ", RED, " b"), vocab=model.vocab)
    said = [{"type": "text", "text": "a "}, part, {"type": "text", "text": " b"}]
    prompt = template.apply(user(*said), vocab=model.vocab)
    assert (prompt.text, prompt.tokens) == (expected.text, expected.tokens)
    assert template.encode(user(*said), model.vocab) == list(expected.tokens or ())


def test_no_text_stands_for_a_picture(model: Model) -> None:
    template = ChatTemplate(TEXT)
    tricky = f"{MARKER} <__media_0__> {model.projector.marker} <|image_pad|>"
    prompt = template.apply(user(tricky, RED, tricky), vocab=model.vocab)
    assert sum(token < 0 for token in prompt.tokens or ()) == 1
    plain_text = template.apply(user(tricky), vocab=model.vocab)
    assert all(token >= 0 for token in plain_text.tokens or ())


def test_control_tokens_beside_a_picture_stay_text(model: Model) -> None:
    vocab = model.vocab
    end = vocab.text(vocab.eos) if vocab.eos is not None else ""
    template = ChatTemplate(TEXT)
    prompt = template.apply(user(f"a {end} b ", RED, f" {end}"), vocab=vocab)
    assert vocab.eos not in (prompt.tokens or ())
    assert sum(token < 0 for token in prompt.tokens or ()) == 1


def test_parts_that_are_refused(model: Model) -> None:
    template = ChatTemplate(TEXT)
    for part, error in (
        ({"type": "image_url", "image_url": {"url": "https://example.org/cat.jpg"}}, TemplateError),
        ({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}, TemplateError),
        ({"type": "image_url", "image_url": {"url": "/etc/passwd"}}, TemplateError),
        ({"type": "image_url"}, MediaError),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, MediaError),
        ({"type": "input_audio", "input_audio": {}}, TemplateError),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, MediaError),
        ({"type": "image", "image": 5}, MediaError),
    ):
        with pytest.raises(error):
            template.apply(user("a", part), vocab=model.vocab)
    with pytest.raises(TemplateError, match="must be a text"):
        template.apply(user(RED, {"type": "video", "video": "x"}), vocab=model.vocab)
    with pytest.raises(TemplateError, match="leaves out"):
        ChatTemplate("nothing of it").apply(user("a", RED), vocab=model.vocab)


def test_a_conversation_encodes_each_picture_once(model: Model) -> None:
    before = model.projector.n_encoded
    with model.context(n_ctx=512, **OPTIONS) as context:
        session = ChatSession(Sequence(context), ChatTemplate(TEXT), params=GREEDY)
        first = session.send(["a ", plain((1, 2, 3)), " b"])
        second = session.send("c")
        third = session.send([plain((3, 2, 1)), " d"])
        assert [reply.finish.usage.cached_tokens > 0 for reply in (first, second, third)] == [False, True, True]
        assert second.finish.usage.cached_tokens >= first.finish.usage.prompt_tokens - 1
    assert model.projector.n_encoded == before + 2


def test_the_answer_is_that_to_the_word(model: Model) -> None:
    template = ChatTemplate(TEXT)
    prompt = template.apply(user("a ", RED, " b"), vocab=model.vocab)
    assert prompt.tokens is not None
    with model.context(n_ctx=512, **OPTIONS) as context:
        seen = ChatSession(Sequence(context), template, params=GREEDY).send(["a ", RED, " b"])
    with model.context(n_ctx=512, **OPTIONS) as context:
        read = generate(Sequence(context), without_media(prompt.tokens, COLOR_TOKENS[0]), GREEDY)
    assert str(seen) == read.text


def test_tools_and_a_schema_beside_a_picture(model: Model) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    prompt = ChatTemplate(TEXT).apply(user("a ", RED), vocab=model.vocab, tools=[tool], tool_choice="required")
    assert prompt.grammar
    assert sum(token < 0 for token in prompt.tokens or ()) == 1
    schema = {"type": "object", "properties": {"color": {"enum": list(COLORS)}}, "required": ["color"]}
    with model.context(n_ctx=512, **OPTIONS) as context:
        session = ChatSession(Sequence(context), ChatTemplate(TEXT), params=SamplingParams(seed=1, max_tokens=60))
        said = json.loads(str(session.send(["Which? ", RED], response_schema=schema)))
    assert said["color"] in COLORS


def test_it_is_saved_with_its_pictures(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    with model.context(n_ctx=512, **OPTIONS) as context:
        session = ChatSession(Sequence(context), ChatTemplate(TEXT), params=GREEDY)
        session.send(["a ", RED, " b"])
        session.save(path)
        expected = str(session.send("c"))
    before = model.projector.n_encoded
    with model.context(n_ctx=512, **OPTIONS) as context:
        again = ChatSession(Sequence(context), ChatTemplate(TEXT), params=GREEDY)
        again.load(path)
        reply = again.send("c")
        assert str(reply) == expected
        assert reply.finish.usage.cached_tokens > 0
    assert model.projector.n_encoded == before
    session.messages.append({"role": "user", "content": [object()]})
    with pytest.raises(StateError):
        session.save(path)


def test_markers_are_drawn_anew() -> None:
    first, second = (take_media(user("a", RED))[1] for _ in range(2))
    assert first.keys() != second.keys()
    assert list(first.values()) == [RED]
