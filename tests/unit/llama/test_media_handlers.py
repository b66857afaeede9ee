"""Handlers of models that see: the prompts of llama-cpp-python 0.3.36, in formats_media.json, and what they do more."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama, edit_gguf
from llamacffi import llama as of_llama
from llamacffi.errors import MediaError, TemplateError
from llamacffi.llama import (
    Gemma4ChatHandler,
    Llama3VisionAlphaChatHandler,
    Llava15ChatHandler,
    Llava16ChatHandler,
    MoondreamChatHandler,
    MTMDChatHandler,
    Qwen25VLChatHandler,
    formats,
)
from llamacffi.llama.chat_options import asked
from llamacffi.llama.formats import chat_format_names, get_chat_completion_handler
from tests.capabilities import needs
from tests.models import write_color_projector, write_llama
from tests.models.colors import COLOR_TOKENS, COLORS, plain, rows_of, without_media
from tests.unit.hub.child import Child, started
from tests.unit.hub.hub_server import served
from tests.unit.llama.exact import EXACT
from tests.unit.llama.seeing import RED, SAYS, asks, content, part

pytestmark = [needs("mtmd's parts"), needs("llama-common's chat code")]
KNOWN: dict[str, Any] = json.loads((Path(__file__).parent / "formats_media.json").read_text("utf-8"))
PICTURES = [plain((i, i, i)) for i in (10, 20)]
DIFFERENT = {
    "Llava16ChatHandler": {3: "it lets the answers run into the questions"},
    "Llama3VisionAlphaChatHandler": {2: "it drops what the system says", 3: "so here"},
    "Qwen25VLChatHandler": dict.fromkeys(range(5), "it loses the line's end after the last word"),
}
"""By handler and conversation."""
BETWEEN = 4
"""The conversation with text between pictures, which all but one put first."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, and in a folder of its own a projector."""
    folder = tmp_path_factory.mktemp("handlers")
    text = write_llama(folder / "tiny.gguf")
    (folder / "eyes").mkdir()
    write_color_projector(folder / "eyes" / "eye.gguf", rows_of(text))
    return folder


@pytest.fixture(scope="module")
def eye(folder: Path) -> str:
    return str(folder / "eyes" / "eye.gguf")


@pytest.fixture(scope="module")
def llm(folder: Path, eye: str) -> Iterator[Llama]:
    with Llama(folder / "tiny.gguf", n_ctx=1024, clip_model_path=eye, **EXACT) as llm:
        yield llm


def with_pictures(messages: Any) -> list[dict[str, Any]]:
    """A conversation of the file's with pictures in place of their names."""
    made = []
    for message in messages:
        content = message["content"]
        if isinstance(content, list):
            content = [
                PICTURES[int(part["image_url"]["url"][7])] if part["type"] == "image_url" else part for part in content
            ]
        made.append({**message, "content": content})
    return made


def written(llm: Llama, handler: Any, messages: Any) -> str:
    """The prompt, with the name of each picture."""
    prompt = handler.plan(llm, asked(llm, with_pictures(messages), {})).prompt
    of_pictures = (llm.model.projector.prompt([one], add_special=False) for one in PICTURES)
    numbers = {token: i for i, tokens in enumerate(of_pictures) for token in tokens if token < 0}
    text: str = prompt.text
    for token in prompt.tokens:
        if token < 0:
            text = text.replace("<__media__>", f"<image {numbers[token]}>", 1)
    return text


@pytest.mark.parametrize("name", KNOWN["handlers"])
@pytest.mark.parametrize("i", range(5))
def test_a_handler_writes_its_prompt(llm: Llama, name: str, i: int) -> None:
    kind, known = getattr(of_llama, name), KNOWN["handlers"][name]
    assert known["system"] == kind.DEFAULT_SYSTEM_MESSAGE
    prompt, expected = written(llm, kind(), KNOWN["conversations"][i]), known["prompts"][i]
    assert (prompt == expected) == (i not in DIFFERENT.get(name, {}) and i != BETWEEN)


def test_where_they_differ(llm: Llama) -> None:
    turns, brief = KNOWN["conversations"][3], KNOWN["conversations"][2]
    assert written(llm, Llava16ChatHandler(), turns) == (
        "Be brief.<image 0>\nWhat is it?Answer:A cat.\nWhat colour?Answer:"
    )
    theirs = KNOWN["handlers"]["Llama3VisionAlphaChatHandler"]["prompts"][2]
    begin, end = "<|start_header_id|>", "<|eot_id|>"
    said = theirs.replace(f"{begin}{end}", f"{begin}system<|end_header_id|>\n\nBe brief.{end}")
    assert written(llm, Llama3VisionAlphaChatHandler(), brief) == said
    for i, theirs in enumerate(KNOWN["handlers"]["Qwen25VLChatHandler"]["prompts"]):
        assert written(llm, Qwen25VLChatHandler(), KNOWN["conversations"][i]) == f"{theirs}\n"


def test_media_come_first_unless_there_is_text_between_them(llm: Llama) -> None:
    between = written(llm, Llava15ChatHandler(), KNOWN["conversations"][BETWEEN])
    assert between.endswith("USER: first <image 0> second <image 1>ASSISTANT: ")
    around = [{"role": "user", "content": [part("<image 1>"), *asks("a", part("<image 0>"))[0]["content"]]}]
    assert written(llm, MoondreamChatHandler(), around) == "<image 1>\n\nQuestion: a\n\n<image 0>\n\nAnswer:"


def test_what_has_no_place_is_told_of(llm: Llama, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="llamacffi"):
        assert "Be brief." not in written(llm, MoondreamChatHandler(), KNOWN["conversations"][2])
    assert "message 0, of the role 'system', has no place" in caplog.text


def test_their_names() -> None:
    for name in ("llava-1-5", "llava-1-6", "moondream2", "nanollava", "llama-3-vision-alpha", "minicpm-v-2.6"):
        assert name in chat_format_names()
    assert type(get_chat_completion_handler("qwen2.5-vl")) is Qwen25VLChatHandler
    assert type(get_chat_completion_handler("obsidian")).__name__ == "ObsidianChatHandler"
    assert type(get_chat_completion_handler("gemma4")) is Gemma4ChatHandler
    for name in (*KNOWN["handlers"], "MTMDChatHandler", "Gemma4ChatHandler"):
        assert getattr(of_llama, name) is getattr(formats, name)
    assert formats.Llama3VisionAlpha is Llama3VisionAlphaChatHandler


@pytest.mark.parametrize("chat_format", ["llava-1-5", "moondream2", "qwen2.5-vl", "mtmd"])
def test_by_name_they_see_with_the_models_projector(llm: Llama, chat_format: str) -> None:
    handler: Any = get_chat_completion_handler(chat_format)
    tokens = handler.plan(llm, asked(llm, asks(RED, "What?"), {})).prompt.tokens
    words = without_media(tokens, COLOR_TOKENS[0])
    llm.chat_format = chat_format
    told: Any = llm.create_chat_completion(asks(part(RED.data_uri), "What?"), **SAYS)
    same: Any = llm(words, **SAYS)
    assert content(told) == same["choices"][0]["text"]
    assert told["usage"] == same["usage"]


@pytest.mark.parametrize("kind", [Llava15ChatHandler, MTMDChatHandler])
def test_a_handler_brings_its_projector(folder: Path, eye: str, kind: Any) -> None:
    handler, messages = kind(clip_model_path=eye, verbose=False), asks(part(RED.data_uri), "What?")
    with Llama(folder / "tiny.gguf", n_ctx=1024, chat_handler=handler, **EXACT) as first:
        assert str(first.model.mmproj) == eye
        expected = content(first.create_chat_completion(messages, **SAYS))
        parts: Any = first.create_chat_completion(messages, stream=True, **SAYS)
        assert "".join(one["choices"][0]["delta"].get("content", "") for one in parts) == expected
        with Llama(folder / "tiny.gguf", n_ctx=1024, **EXACT) as llm:
            with pytest.raises(MediaError, match="takes text alone"):
                llm.create_chat_completion(messages)
            assert content(handler(llama=llm, messages=messages, **SAYS)) == expected
            llm.chat_handler = kind(eye, use_gpu=False)
            assert content(llm.create_chat_completion(messages, **SAYS)) == expected
        assert first.model.projector.n_encoded == 1
    assert repr(handler) == f"{kind.__name__}({eye!r})"


def test_what_a_handler_cannot_be_made_of(folder: Path, tmp_path: Path) -> None:
    for wrong in (str(tmp_path / "nowhere.gguf"), tmp_path, 5):
        with pytest.raises(ValueError, match="clip_model_path is"):
            Llava15ChatHandler(wrong)  # type: ignore[arg-type]
    none = tmp_path / "none.gguf"
    edit_gguf(folder / "tiny.gguf", none, remove=["tokenizer.chat_template"])
    with (
        Llama(none, chat_handler=MTMDChatHandler(), n_ctx=256, **EXACT) as llm,
        pytest.raises(TemplateError, match="no chat template"),
    ):
        llm.create_chat_completion([{"role": "user", "content": "Hi"}])


def test_addresses_are_fetched_by_who_knows_which(llm: Llama, eye: str) -> None:
    handler = Llava15ChatHandler(eye)
    for url in ("https://example.org/cat.png", "file:///etc/passwd", "http://127.0.0.1/"):
        with pytest.raises(MediaError, match=r"is not fetched: give a data URI.*load_image"):
            handler(llama=llm, messages=asks(part(url), "?"))
    with pytest.raises(MediaError, match="no base64"):
        handler.load_image("data:image/png;base64,?")
    messages = asks(part("cat:red"), {"type": "image_url", "image_url": RED.data_uri}, "What?")
    assert handler.get_image_urls([{"role": "system", "content": "a"}, *messages]) == ["cat:red", RED.data_uri]

    class Fetching(Llava15ChatHandler):
        def load_image(self, image_url: str) -> bytes:
            asked_for.append(image_url)
            return super().load_image(RED.data_uri)

    asked_for: list[str] = []
    expected = handler(llama=llm, messages=asks(RED, RED, "What?"), **SAYS)
    assert content(Fetching(eye)(llama=llm, messages=messages, **SAYS)) == content(expected)
    assert asked_for == ["cat:red", RED.data_uri]


class Lines(Llava15ChatHandler):
    """A handler of somebody else's, whose template is laid out as those of llama-cpp-python are."""

    DEFAULT_SYSTEM_MESSAGE = None
    CHAT_FORMAT = (
        "{% for message in messages %}"
        "{% if message.role == 'user' %}"
        "{% if message.content is string %}"
        "Q: {{ message.content }}\n"
        "{% else %}"
        "Q: "
        "{% for content in message.content %}"
        "{% if content.type == 'image_url' and content.image_url is mapping %}"
        "{{ content.image_url.url }}"
        "{% endif %}"
        "{% endfor %}"
        "{% for content in message.content %}"
        "{% if content.type == 'text' %}{{ content.text }}{% endif %}"
        "{% endfor %}"
        "|{{ mood }}|"
        "{% endif %}"
        "{% endif %}"
        "{% endfor %}"
        "{{ bos_token }}A:"
    )


def test_a_format_of_ones_own(llm: Llama, eye: str) -> None:
    handler = Lines(eye)
    for messages in (asks(part("<image 0>"), "a<|im_end|>"), asks("a<|im_end|>", part("<image 0>"))):
        assert written(llm, handler, messages) == "Q: <image 0>a<|im_end|>||<s>A:"
    plainly = handler.plan(llm, asked(llm, [{"role": "user", "content": "a"}], {}))
    assert plainly.prompt.text == "Q: a\n<s>A:"
    # What a user spells stays text.
    (end,) = llm.tokenize(b"<|im_end|>", add_bos=False, special=True)
    assert end not in (handler.plan(llm, asked(llm, asks(RED, "a<|im_end|>"), {})).prompt.tokens or ())
    told = handler(llama=llm, messages=asks(RED, "a"), chat_template_kwargs={"mood": "glad"}, **SAYS)
    assert content(told) is not None

    class Forgetful(Lines):
        CHAT_FORMAT = "{{ messages[0].content[1].text }}"

    with pytest.raises(TemplateError, match="leaves out"):
        Forgetful(eye)(llama=llm, messages=asks(RED, "a"))


@pytest.fixture(scope="module")
def child(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    pytest.importorskip("huggingface_hub")
    text, sight = (folder / "tiny.gguf").read_bytes(), (folder / "eyes" / "eye.gguf").read_bytes()
    files = {"Tiny-Q8_0.gguf": text, "mmproj-Tiny-F16.gguf": sight, "mmproj-Tiny-Q8_0.gguf": b"GGUF"}
    home = tmp_path_factory.mktemp("hf")
    with served({"owner/tiny": files, "owner/blind": {"Tiny-Q8_0.gguf": text}}) as server:
        settings = {"HF_ENDPOINT": server.url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_TOKEN": ""}
        with started(**settings, LLAMACFFI_CONFIG=str(home)) as child:
            yield child


PROGRAM = """
from llamacffi import AsyncLlama, Llama
from llamacffi.llama import MTMDChatHandler
where = {"verbose": False, "local_dir": folder}
options = {"n_ctx": 512, **where}
def handler(*name):
    return MTMDChatHandler.from_pretrained(*name, **where)
def ask(llm):
    content = [{"type": "image_url", "image_url": {"url": picture}}, {"type": "text", "text": "What?"}]
    messages = [{"role": "user", "content": content}]
    answer = llm.create_chat_completion(messages, temperature=0, max_tokens=6)
    return [llm.model.mmproj.name, answer["choices"][0]["message"]["content"]]
"""


@pytest.mark.parametrize(
    "made",
    [
        "Llama.from_pretrained('owner/tiny', 'Q8_0', mmproj=True, **options)",
        "Llama.from_pretrained('owner/tiny', 'Q8_0', mmproj='mmproj*F16.gguf', **options)",
        "Llama('hf:owner/tiny:Q8_0', n_ctx=512, verbose=False)",
        "Llama.from_pretrained('owner/tiny', 'Q8_0', additional_files=['mmproj*F16.gguf'], **options)",
        "Llama.from_pretrained('owner/tiny', 'Q8_0', chat_handler=handler('owner/tiny', '*F16.gguf'), **options)",
        "Llama.from_pretrained('owner/tiny', 'Q8_0', chat_handler=handler('owner/tiny'), **options)",
    ],
)
def test_of_a_repository(child: Child, llm: Llama, tmp_path: Path, made: str) -> None:
    llm.chat_format = "chat_template.default"
    expected = content(llm.create_chat_completion(asks(RED, "What?"), **SAYS))
    given = {"folder": str(tmp_path), "picture": RED.data_uri}
    assert child.run(f"{PROGRAM}\nwith {made} as llm:\n    result = ask(llm)", **given) == [
        "mmproj-Tiny-F16.gguf",
        expected,
    ]


def test_a_repository_without_one(child: Child, tmp_path: Path) -> None:
    program = f"folder = {str(tmp_path)!r}\n{PROGRAM}\nLlama.from_pretrained('owner/blind', mmproj=True, **options)"
    kind, text = child.error(program)
    assert (kind, "has no mmproj file" in text) == ("ModelLoadError", True)


@pytest.mark.model
@pytest.mark.parametrize("kind", [Llava15ChatHandler, MTMDChatHandler])
def test_it_names_colours(default_model: Path, tmp_path: Path, kind: Any) -> None:
    with Llama(default_model, vocab_only=True, verbose=False) as llm:
        tokens = [llm.tokenize(f" {name}".encode(), add_bos=False)[0] for name in COLORS]
    sight = write_color_projector(tmp_path / "mmproj.gguf", rows_of(default_model, tokens))
    with Llama(default_model, n_ctx=512, chat_handler=kind(str(sight)), **EXACT) as llm:
        for name in COLORS:
            messages = asks(
                "The wall is", part(plain(name).data_uri), ". What colour is the wall? Answer with one word."
            )
            told: Any = llm.create_chat_completion(messages, temperature=0, max_tokens=16)
            assert [one for one in COLORS if one in content(told)] == [name]
        assert llm.model.projector.n_encoded == 3
