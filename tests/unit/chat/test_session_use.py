"""A session used in ways that nobody should: it says so, and goes on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import (
    ChatSession,
    ChatTemplate,
    ClosedError,
    LlamaError,
    Model,
    SamplingParams,
    StateError,
    TemplateError,
    stream_generate,
)
from llamacffi import Sequence as TokenSequence
from llamacffi.chat import ChatPrompt, ChatStream
from llamacffi.chat.calls import as_tools
from tests.models import LlamaShape, Script, write_llama, write_scripted
from tests.unit.chat.test_session import Canned, call, get_weather

GREEDY = SamplingParams(temperature=0, max_tokens=8)


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        yield model


@pytest.fixture
def session(model: Model) -> Iterator[ChatSession]:
    with model.context(n_ctx=512, n_threads=1) as context:
        yield ChatSession(TokenSequence(context), params=GREEDY)


def roles(session: ChatSession) -> str:
    return "".join(message["role"][0] for message in session.messages)


def test_a_reply_on_its_way_is_ended_by_the_next(session: ChatSession) -> None:
    first = session.stream("one")
    begun = next(first).content
    second = session.stream("two")
    assert session.messages == [{"role": "user", "content": "one"}, {"role": "assistant", "content": begun}]
    with pytest.raises(LlamaError, match="the session was asked for something else before this reply was whole"):
        next(first)
    whole = second.reply
    assert whole.text
    assert roles(session) == "uaua"
    assert second.reply is whole
    second.close()
    assert second.reply is whole


def test_a_stream_that_is_let_go_of_is_closed(session: ChatSession) -> None:
    for delta in session.stream("one"):
        begun = delta.content
        break
    assert session.messages[1:] == [{"role": "assistant", "content": begun}]
    session.stream("never begun")
    assert roles(session) == "ua"
    closed = session.stream("two")
    closed.close()
    with pytest.raises(LlamaError, match="the reply was closed, or failed, before it was whole"):
        _ = closed.reply
    assert roles(session) == "ua"
    assert session.send("three").text


def test_threads_wait_for_one_another(session: ChatSession) -> None:
    errors: list[Exception] = []

    def ask(i: int) -> None:
        try:
            session.send(f"question {i}")
        except Exception as error:  # noqa: BLE001 - the test fails with it
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert roles(session) == "ua" * 5
    assert {message["content"] for message in session.messages[::2]} == {f"question {i}" for i in range(5)}


def test_what_fails_before_a_word_is_said_leaves_the_session_as_it_was(model: Model) -> None:
    class Failing(Canned):
        def stream(self, prompt: Any, params: SamplingParams) -> Iterator[Any]:
            if not self.replies:
                raise KeyboardInterrupt
            chunks = super().stream(prompt, params)
            yield next(chunks)
            if len(self.replies) == 1:
                raise KeyboardInterrupt
            yield from chunks

    generator = Failing(model.vocab, ["Hello.", "Fine."])
    session = ChatSession(generator, ChatTemplate.from_model(model))
    with pytest.raises(KeyboardInterrupt):
        session.send("Hi")
    assert session.messages == [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hel"}]
    assert session.send("And you?").content == "Fine."
    with pytest.raises(KeyboardInterrupt):
        session.send("And?")
    assert roles(session) == "uaua"


def test_a_reply_asked_for_inside_a_step(model: Model) -> None:
    class Nosy(Canned):
        def stream(self, prompt: Any, params: SamplingParams) -> Iterator[Any]:
            for chunk in super().stream(prompt, params):
                if asked:
                    asked.pop().send("Meanwhile?")
                yield chunk

    asked: list[ChatSession] = []
    session = ChatSession(Nosy(model.vocab, ["Hello.", "Fine."]), ChatTemplate.from_model(model))
    asked.append(session)
    with pytest.raises(LlamaError, match="in the middle of a step of its reply"):
        session.send("Hi")
    assert session.send("Hi").content == "Fine."


def test_a_tool_may_use_the_session(model: Model, qwen: ChatTemplate) -> None:
    def ask() -> str:
        """Ask."""
        return talk.send("What?").content

    reply = call("x").replace("get_weather", "ask").replace('{"city": "x"}', "{}")
    talk = ChatSession(Canned(model.vocab, [reply, "That.", "Done."]), qwen, tools=[ask])
    assert talk.run("Go").content == "Done."
    assert [message["content"] for message in talk.messages if message["role"] == "tool"] == ["That."]


def test_a_tool_that_is_interrupted_leaves_no_call_without_a_result(model: Model, qwen: ChatTemplate) -> None:
    def stop(city: str) -> str:
        """Stop."""
        raise KeyboardInterrupt(city)

    two = call("Paris") + "\n" + call("Rome").replace("get_weather", "stop") + "\n" + call("Bonn")
    session = ChatSession(Canned(model.vocab, [two, "Sorry."]), qwen, tools=[get_weather, stop])
    with pytest.raises(KeyboardInterrupt, match="Rome"):
        session.run("Weather?")
    assert [message["content"] for message in session.messages[2:]] == [
        "Paris: sunny",
        '{"error": "the call was interrupted"}',
        '{"error": "the call was interrupted"}',
    ]
    assert session.run().content == "Sorry."


@pytest.mark.parametrize("closed", [False, True])
def test_a_call_that_is_cut_off_is_not_made(closed: bool, model: Model, qwen: ChatTemplate) -> None:  # noqa: FBT001
    text = call("Paris") + "\n" + call("Rome")[:-16]
    session = ChatSession(Canned(model.vocab, [text, "Well."], n_chars=len(text)), qwen, tools=[get_weather])
    stream = session.stream("Weather?")
    if closed:
        next(stream)
        stream.close()
    else:
        assert [each["function"]["arguments"] for each in stream.reply.tool_calls] == ['{"city": "Paris"}']
        assert "Rome" in stream.reply.text
    (made,) = session.messages[-1]["tool_calls"]
    assert json.loads(made["function"]["arguments"]) == {"city": "Paris"}
    assert session.run().content == "Well."
    assert roles(session) == "uata"


def test_a_control_token_that_is_a_stop_text_ends_the_generation(tmp_path: Path) -> None:
    script = Script.of("one two three four five six", n_chars=3)
    (begins,) = (script.vocab.ids[text] for text in ("<|im_start|>",))
    tokens = (*script.tokens[:2], begins, *script.tokens[2:])
    path = write_scripted(tmp_path / "scripted.gguf", Script(script.text, tokens, script.vocab))
    with Model(path) as model, model.context(n_ctx=256, n_threads=1) as context:
        sequence = TokenSequence(context)
        prompt = ChatPrompt("", tokens=(5, 6, 7), preserved_tokens=("<|im_start|>",))
        chunks = stream_generate(sequence, prompt.tokens or (), SamplingParams(temperature=0, stop="<|im_start|>"))
        told: list[dict[str, Any]] = []
        reply = ChatStream(chunks, prompt, model.vocab, ["<|im_start|>"], told.append, seed=3, n_cached=1).reply
        assert reply.text == script.text[:6]
        assert (reply.finish.reason, reply.finish.stop, reply.finish.seed) == ("stop", "<|im_start|>", 3)
        usage = reply.finish.usage
        assert (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (3, 1, 4)
        assert reply.finish.timings.generation > 0
        assert len(sequence) <= 3 + 4  # and not all that the model has to say
        assert told == [reply.message]


def test_the_context_is_closed_under_it(model: Model, tmp_path: Path) -> None:
    context = model.context(n_ctx=256, n_threads=1)
    session = ChatSession(TokenSequence(context), params=GREEDY)
    session.send("Hi")
    stream = session.stream("And?")
    next(stream)
    context.close()
    with pytest.raises(ClosedError, match="this Context is closed"):
        list(stream)
    for attempt in (lambda: session.send("?"), lambda: session.save(tmp_path / "talk.json")):
        with pytest.raises(ClosedError):
            attempt()
    assert roles(session) == "uaua"
    with model.context(n_ctx=256, n_threads=1) as another:
        assert session.fork(TokenSequence(another)).send("?").text


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"temprature": 0}, TypeError, r"no option 'temprature'.*SamplingParams\(temperature=…\) meant"),
        ({"max_tokens": 5}, TypeError, r"SamplingParams\(max_tokens=…\) meant"),
        ({"tool_choise": "none"}, TypeError, "is tool_choice=… meant"),
        ({"params": {"temperature": 0}}, TypeError, "must be a SamplingParams"),
        ({"tool_choice": "required"}, TemplateError, "there are no tools"),
        ({"tool_choice": 5}, TemplateError, "tool_choice is 5"),
        ({"tools": "abc"}, TypeError, "tools is 'abc'"),
        ({"tools": [5]}, TypeError, "5 is no tool"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}] * 2}, TemplateError, "two tools are named 'f'"),
        ({"content": 5}, TemplateError, "the content is 5"),
        ({"content": b"x"}, TemplateError, "the content is b'x'"),
        ({"content": "a\ud800b"}, ValueError, "lone surrogate"),
    ],
)
def test_what_cannot_be_asked(
    options: dict[str, Any], error: type[Exception], match: str, session: ChatSession
) -> None:
    with pytest.raises(error, match=match):
        session.send(**{"content": "Hi", **options})
    assert session.messages == []
    assert session.send("Hi").text


def test_a_variable_of_the_template_may_be_named_like_an_option(model: Model) -> None:
    template = ChatTemplate("{{ temperature }}|{{ messages[0].content }}")
    generator = Canned(model.vocab, ["Hot."])
    assert ChatSession(generator, template).send("Hi", temperature="high").content == "Hot."
    assert "high|Hi" in generator.prompts[0]


@pytest.mark.parametrize(
    "messages",
    [
        [{"content": "x"}],
        [{"role": None, "content": "x"}],
        ["x"],
        "xyz",
        None,
        [{"role": "assistant", "content": None, "tool_calls": [5]}],
        [{"role": "assistant", "content": None, "tool_calls": "abc"}],
        [{"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}],
        [{"role": "user", "content": 5}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
        [{"role": "user", "content": [5]}],
    ],
)
@pytest.mark.parametrize("template", ["own", "builtin"])
def test_messages_that_are_none(template: str, messages: Any, session: ChatSession) -> None:
    if template == "builtin":
        session.template = ChatTemplate.builtin("chatml")
    session.messages = messages
    with pytest.raises(TemplateError):
        session.send()
    session.messages = []
    assert session.send("Hi").text


@pytest.mark.parametrize("kind", ["cycle", "deep"])
def test_messages_that_hold_themselves(kind: str, session: ChatSession) -> None:
    message: dict[str, Any] = {"role": "user", "content": "x"}
    message["more"] = message
    if kind == "deep":
        for _ in range(5000):
            message["more"] = [message["more"]]
    session.messages = [message]
    with pytest.raises(TemplateError, match="nested more than 200 levels deep"):
        session.send()
    with pytest.raises(StateError, match="the messages cannot be saved"):
        session.save(Path(__file__).parent / "never_written.json")


def test_indexes_that_are_not_there(session: ChatSession) -> None:
    session.send("Hi")
    for index in (2, -3):
        with pytest.raises(IndexError, match=f"there is no message {index} to edit; there are 2"):
            session.edit(index, "x")
    session.messages[-1]["tool_calls"] = [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]
    session.edit(-1, "Fine.")
    assert session.messages[-1] == {"role": "assistant", "content": "Fine."}
    with pytest.raises(ValueError, match="max_rounds is 0"):
        session.run("x", max_rounds=0)
    with pytest.raises(ValueError, match="reasoning_budget is -1"):
        ChatSession(session.generator, session.template, reasoning_budget=-1)
    with pytest.raises(TypeError, match="tools is 5"):
        as_tools(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        '{"format": "llamacffi chat session 1", "messages": [5]}',
        '{"format": "llamacffi chat session 1", "messages": [{"role": "user"}], "dropped": "a"}',
        '{"format": "llamacffi chat session 1", "messages": [{"role": "user"}], "dropped": -4}',
        '{"format": "llamacffi chat session 1", "messages": [{"role": "user"}], "dropped": 99}',
        '{"format": "llamacffi chat session 1", "messages": [], "dropped": 1e400}',
        "[" * 100_000,
        "5",
        "\x00",
    ],
)
def test_files_that_are_no_session(text: str, session: ChatSession, tmp_path: Path) -> None:
    session.send("Hi")
    before = list(session.messages)
    (tmp_path / "talk.json").write_text(text)
    with pytest.raises(StateError):
        session.load(tmp_path / "talk.json")
    assert session.messages == before
    assert session.send("More").text


def test_damaged_and_foreign_states(session: ChatSession, tmp_path: Path) -> None:
    session.send("Hi")
    session.save(tmp_path / "talk.json")
    state = (tmp_path / "talk.json.state").read_bytes()
    before = list(session.messages)
    for damaged in (state[: len(state) // 2], b"", state[:100] + b"\xff" * 9 + state[109:]):
        (tmp_path / "talk.json.state").write_bytes(damaged)
        with pytest.raises(StateError):
            session.load(tmp_path / "talk.json")
        assert session.messages == before
        assert session.send("More").text
        session.messages = list(before)
    (tmp_path / "talk.json.state").write_bytes(state)
    path = write_llama(tmp_path / "other.gguf", shape=LlamaShape(n_layer=2))
    with Model(path) as other, other.context(n_ctx=512, n_threads=1) as context:
        foreign = ChatSession(TokenSequence(context), params=GREEDY)
        with pytest.raises(StateError):
            foreign.load(tmp_path / "talk.json")
        assert foreign.messages == []
        assert foreign.send("Hi").text
        (tmp_path / "talk.json.state").unlink()
        foreign.load(tmp_path / "talk.json")  # the messages alone
        assert foreign.messages == before


def test_a_file_stays_whole_when_saving_fails(session: ChatSession, tmp_path: Path) -> None:
    session.send("Hi")
    session.save(tmp_path / "talk.json")
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for content in (object(), "a\ud800"):
        session.messages.append({"role": "user", "content": content})
        with pytest.raises(StateError, match="the messages cannot be saved"):
            session.save(tmp_path / "talk.json")
        session.messages.pop()
    with pytest.raises(IsADirectoryError, match="name a file in it"):
        session.save(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files
