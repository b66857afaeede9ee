"""Conversations: history, tools, thoughts, forks, files, and a context that is too small."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from llamacffi import (
    ChatSession,
    ChatTemplate,
    Chunk,
    ContextOverflow,
    GrammarError,
    LlamaError,
    Model,
    SamplingParams,
    StateError,
    TemplateError,
    Vocab,
)
from llamacffi import Sequence as TokenSequence
from llamacffi.chat import ChatPrompt, ChatStream, Generator, ReplyDelta, SequenceGenerator, reply
from llamacffi.generation import Finish, Timings, Usage
from tests.models import Script, write_scripted

GREEDY = SamplingParams(temperature=0, max_tokens=200)


class Canned:
    """A generator that has its replies ready, and remembers the prompts."""

    def __init__(self, vocab: Vocab, replies: Sequence[str], n_ctx: int = 4096, n_chars: int = 3) -> None:
        self.vocab = vocab
        self.n_ctx = n_ctx
        self.replies = list(replies)
        self.prompts: list[str] = []
        self.params: list[SamplingParams] = []
        self._n_chars = n_chars

    def stream(self, prompt: Sequence[int], params: SamplingParams) -> Iterator[Chunk]:
        self.prompts.append(self.vocab.detokenize(prompt, unparse_special=True))
        self.params.append(params)
        text = self.replies.pop(0)
        for start in range(0, len(text), self._n_chars):
            yield Chunk(text[start : start + self._n_chars], ())
        usage = Usage(len(prompt), 0, len(text))
        yield Chunk("", (), Finish("stop", None, usage, Timings(0, 0), 0))


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        yield model


def get_weather(city: str) -> str:
    """Tell the weather."""
    if city == "Atlantis":
        message = "there is no such place"
        raise ValueError(message)
    return f"{city}: sunny"


def call(city: str) -> str:
    return '<tool_call>\n{"name": "get_weather", "arguments": {"city": "' + city + '"}}\n</tool_call>'


def test_a_canned_generator_is_one(model: Model) -> None:
    assert isinstance(Canned(model.vocab, []), Generator)


def test_history(model: Model) -> None:
    generator = Canned(model.vocab, ["Hello.", "Fine."])
    session = ChatSession(generator, ChatTemplate.from_model(model), system="Be brief.")
    assert session.send("Hi").content == "Hello."
    assert str(session.send("How are you?")) == "Fine."
    assert [(message["role"], message["content"]) for message in session.messages] == [
        ("system", "Be brief."),
        ("user", "Hi"),
        ("assistant", "Hello."),
        ("user", "How are you?"),
        ("assistant", "Fine."),
    ]
    assert generator.prompts[1].endswith(
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n"
        "<|im_start|>user\nHow are you?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_stream_says_what_is_new(model: Model, qwen: ChatTemplate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "_SHARE", 1e9)  # read again for every piece
    text = "<think>\nHm, well.\n</think>\n\nLet me look.\n" + call("Paris")
    session = ChatSession(Canned(model.vocab, [text], n_chars=1), qwen, tools=[get_weather])
    stream = session.stream("Weather?")
    deltas: list[ReplyDelta] = list(stream)
    assert "".join(delta.reasoning_content for delta in deltas) == "Hm, well.\n"
    assert "".join(delta.content for delta in deltas).strip() == "Let me look."
    calls = [delta.tool_call for delta in deltas if delta.tool_call]
    assert "".join(call.name for call in calls) == "get_weather"
    assert json.loads("".join(call.arguments for call in calls)) == {"city": "Paris"}
    assert len(calls) > 5
    whole = stream.reply
    assert (whole.finish_reason, whole.text) == ("tool_calls", text)
    assert whole.reasoning_content == "Hm, well.\n"
    assert session.messages[-1] == whole.message


def test_reasoning_none_leaves_the_thoughts_in_the_content(model: Model, qwen: ChatTemplate) -> None:
    text = "<think>\nHm.\n</think>\n\nYes."
    apart = ChatSession(Canned(model.vocab, [text]), qwen).send("?")
    assert (apart.reasoning_content.strip(), apart.content) == ("Hm.", "Yes.")
    inside = ChatSession(Canned(model.vocab, [text]), qwen, reasoning="none").send("?")
    assert inside.reasoning_content == ""
    assert "Hm." in inside.content
    assert inside.content.endswith("Yes.")


def test_thinking_can_be_left_out(model: Model, qwen: ChatTemplate) -> None:
    generator = Canned(model.vocab, ["Yes."])
    assert ChatSession(generator, qwen, enable_thinking=False).send("?").content == "Yes."
    assert generator.prompts[0].endswith("<think>\n\n</think>\n\n")


def test_run_calls_functions_until_the_model_answers(model: Model, qwen: ChatTemplate) -> None:
    both = call("Paris") + "\n" + call("Rome")
    generator = Canned(model.vocab, [both, "Sunny in both."])
    session = ChatSession(generator, qwen)
    answer = session.run("Weather?", tools=[get_weather])
    assert answer.content == "Sunny in both."
    assert [message["role"] for message in session.messages] == ["user", "assistant", "tool", "tool", "assistant"]
    results = session.messages[2:4]
    assert [message["content"] for message in results] == ["Paris: sunny", "Rome: sunny"]
    calls = session.messages[1]["tool_calls"]
    assert [message["tool_call_id"] for message in results] == [each["id"] for each in calls]
    assert len({each["id"] for each in calls}) == 2
    assert "<tool_response>\nParis: sunny\n</tool_response>" in generator.prompts[1]


def test_a_tool_that_raises_is_reported_to_the_model(model: Model, qwen: ChatTemplate) -> None:
    generator = Canned(model.vocab, [call("Atlantis"), "Sorry."])
    session = ChatSession(generator, qwen, tools=[get_weather])
    assert session.run("Weather?").content == "Sorry."
    assert json.loads(session.messages[2]["content"]) == {"error": "ValueError: there is no such place"}
    again = ChatSession(Canned(model.vocab, [call("Atlantis")]), qwen, tools=[get_weather])
    with pytest.raises(ValueError, match="there is no such place"):
        again.run("Weather?", raise_errors=True)


def test_calls_that_the_last_message_asks_for_are_made_first(model: Model, qwen: ChatTemplate) -> None:
    session = ChatSession(Canned(model.vocab, ["Never mind."]), qwen, tools=[get_weather])
    session.messages = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]},
    ]
    assert session.run().content == "Never mind."
    assert json.loads(session.messages[2]["content"]) == {
        "error": "LookupError: there is no tool named 'f'; there are get_weather"
    }


def test_a_model_that_never_stops_calling_is_stopped(model: Model, qwen: ChatTemplate) -> None:
    session = ChatSession(Canned(model.vocab, [call("Paris")] * 3), qwen, tools=[get_weather])
    with pytest.raises(LlamaError, match="the model still calls tools after 3 replies"):
        session.run("Weather?", max_rounds=3)


@pytest.mark.parametrize(
    ("tool_choice", "lazy", "constrained"),
    [("auto", True, True), ("none", False, False), ("required", False, True), ("add", False, True)],
)
def test_tool_choice(tool_choice: str, lazy: bool, constrained: bool, model: Model, qwen: ChatTemplate) -> None:  # noqa: FBT001
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    generator = Canned(model.vocab, [call("Paris")])
    session = ChatSession(generator, qwen, tools=[get_weather, add], enable_thinking=False)
    session.send("?", tool_choice=tool_choice)
    params = generator.params[0]
    assert (params.constraint is not None) is constrained
    if constrained:
        prompt: Any = params.constraint
        assert prompt.lazy is lazy
        assert ("get_weather" in prompt.grammar.replace("get-weather", "get_weather")) is (tool_choice != "add")
        chain = params.chain(model.vocab)  # llama.cpp takes the grammar
        chain.close()
    with pytest.raises(TemplateError, match="tool_choice is 'subtract', but must be .* get_weather, add"):
        session.send("?", tool_choice="subtract")


def test_edit_and_fork(model: Model) -> None:
    template = ChatTemplate.from_model(model)
    generator = Canned(model.vocab, ["A", "B", "C"])
    session = ChatSession(generator, template)
    session.send("1")
    other = session.fork()
    session.edit(0, "one")
    assert session.send().content == "B"
    other.send("2")
    assert [message["content"] for message in session.messages] == ["one", "B"]
    assert [message["content"] for message in other.messages] == ["1", "A", "2", "C"]


def test_trimming_leaves_out_the_oldest_turns(model: Model) -> None:
    generator = Canned(model.vocab, [f"answer {i}" for i in range(40)], n_ctx=200)
    params = SamplingParams(max_tokens=20)
    session = ChatSession(generator, ChatTemplate.from_model(model), system="Be brief.", params=params)
    for i in range(20):
        session.send(f"question {i}")
    assert len(session.messages) == 41
    for i, prompt in enumerate(generator.prompts):
        assert len(model.vocab.tokenize(prompt, add_special=False, parse_special=True)) + 20 <= 200
        assert "Be brief." in prompt
        assert f"question {i}<|im_end|>" in prompt
    assert "question 0" not in generator.prompts[-1]
    assert "question 18" in generator.prompts[-1]
    # What was left out stays out, so that the next prompts begin as this one did.
    begins = [prompt.partition("<|im_start|>user")[2].partition("<|im_end|>")[0] for prompt in generator.prompts]
    assert sorted(begins, key=lambda text: int(text.split()[-1])) == begins
    strict = ChatSession(generator, ChatTemplate.from_model(model), overflow="error")
    with pytest.raises(ContextOverflow, match="the conversation has .* tokens, the context room for 200"):
        strict.send("word " * 300)
    assert strict.messages == []
    with pytest.raises(ContextOverflow):
        session.send("word " * 300)


def test_save_and_load(model: Model, tmp_path: Path) -> None:
    template = ChatTemplate.from_model(model)
    with model.context(n_ctx=256, n_threads=1) as context:
        session = ChatSession(TokenSequence(context), template, params=SamplingParams(temperature=0, max_tokens=8))
        session.send("Hi")
        session.save(tmp_path / "talk.json")
        tokens = session.generator.sequence.tokens  # type: ignore[attr-defined]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk.json", "talk.json.state"]
    with model.context(n_ctx=256, n_threads=1) as context:
        again = ChatSession(TokenSequence(context), template, params=SamplingParams(temperature=0, max_tokens=8))
        again.load(tmp_path / "talk.json")
        assert again.messages == session.messages
        assert again.generator.sequence.tokens == tokens  # type: ignore[attr-defined]
        answer = again.send("More")
        assert answer.finish.usage.cached_tokens >= len(tokens) - 8
    (tmp_path / "talk.json").write_text("[]")
    with pytest.raises(StateError, match="is not a saved session"):
        again.load(tmp_path / "talk.json")
    (tmp_path / "talk.json").write_text('{"format": "other", "messages": []}')
    with pytest.raises(StateError, match="is not a session that this version can read"):
        again.load(tmp_path / "talk.json")


def test_a_fork_shares_what_the_sequence_holds(model: Model) -> None:
    template = ChatTemplate.from_model(model)
    params = SamplingParams(temperature=0, max_tokens=8)
    with model.context(n_ctx=512, n_seq_max=2, kv_unified=True, n_threads=1) as context:
        session = ChatSession(TokenSequence(context), template, params=params)
        session.send("Tell me a story about a robot")
        branch = session.fork()
        assert isinstance(branch.generator, SequenceGenerator)
        assert branch.generator.sequence.seq_id == 1
        one, other = branch.send("Go on"), session.send("Go on")
        assert one.text == other.text
        assert one.finish.usage.cached_tokens > 10


@pytest.mark.parametrize("n_chars", [2, 3, 5, 8])
def test_a_model_that_thinks_and_calls(n_chars: int, tmp_path: Path, qwen: ChatTemplate) -> None:
    text = "<think>\nI must ask.\n</think>\n\n" + call("Zürich")
    path = write_scripted(
        tmp_path / "scripted.gguf", Script.of(text, n_chars=n_chars), n_ctx_train=2048, chat_template=qwen.text
    )
    with Model(path) as model, model.context(n_ctx=1024, n_threads=1) as context:
        session = ChatSession(TokenSequence(context), params=GREEDY, tools=[get_weather])
        stream = session.stream("Weather in Zürich?")
        deltas = list(stream)
        answer = stream.reply
    assert answer.text == text
    assert answer.reasoning_content.strip() == "I must ask."
    assert [each["function"]["name"] for each in answer.tool_calls] == ["get_weather"]
    assert json.loads(answer.tool_calls[0]["function"]["arguments"]) == {"city": "Zürich"}
    assert "".join(delta.reasoning_content for delta in deltas) == answer.reasoning_content


@pytest.mark.parametrize("budget", [0, 1, 3])
def test_a_reasoning_budget_ends_the_thoughts(budget: int, tmp_path: Path, shipped: dict[str, ChatTemplate]) -> None:
    template = shipped["Qwen-QwQ-32B"]  # it begins the thoughts itself
    script = Script.of("one two three four five six seven eight nine ten")
    path = write_scripted(tmp_path / "scripted.gguf", script, n_ctx_train=512)
    with Model(path) as model, model.context(n_ctx=512, n_threads=1) as context:
        params = SamplingParams(temperature=0, max_tokens=budget + 4)
        session = ChatSession(TokenSequence(context), template, params=params, reasoning_budget=budget)
        answer = session.send("?")
        thoughts = "".join(model.vocab.piece(token).decode() for token in script.tokens[:budget])
        first = model.vocab.piece(script.tokens[0]).decode()
    assert answer.text.startswith(f"{thoughts}</think>{first}")
    assert answer.reasoning_content.strip() == thoughts.strip()
    assert answer.content.startswith(first)


def test_a_stream_that_is_closed_keeps_what_was_said(model: Model) -> None:
    session = ChatSession(Canned(model.vocab, ["one two three"]), ChatTemplate.from_model(model))
    stream = session.stream("?")
    assert next(stream).content == "one"
    stream.close()
    assert session.messages[-1] == {"role": "assistant", "content": "one"}


def test_a_reply_that_is_no_reply_is_kept_as_it_can_be_read(model: Model, qwen: ChatTemplate) -> None:
    session = ChatSession(Canned(model.vocab, ['<tool_call>\n{"name": 3']), qwen, tools=[get_weather])
    answer = session.send("?")
    assert answer.text == '<tool_call>\n{"name": 3'
    assert answer.tool_calls == []


def test_two_constraints_exclude_each_other(model: Model, qwen: ChatTemplate) -> None:
    params = SamplingParams(choices=["yes", "no"])
    session = ChatSession(Canned(model.vocab, ["yes"]), qwen, params=params)
    assert session.send("?").content == "yes"
    with pytest.raises(TemplateError, match="so do the tools"):
        session.send("?", tools=[get_weather])


@pytest.mark.parametrize("tool_choice", ["auto", "required"])
def test_a_response_format_of_text_constrains_nothing(tool_choice: str, model: Model, qwen: ChatTemplate) -> None:
    params = SamplingParams(response_format={"type": "text"})
    generator = Canned(model.vocab, [call("Paris")])
    session = ChatSession(generator, qwen, params=params, tools=[get_weather])
    assert session.send("?", tool_choice=tool_choice).tool_calls[0]["function"]["name"] == "get_weather"
    assert isinstance(generator.params[0].constraint, ChatPrompt)


def test_nothing_is_said_after_a_stop_text_that_is_a_control_token(model: Model) -> None:
    (control,) = model.vocab.tokenize("<|fim_prefix|>", add_special=False, parse_special=True)
    quick = tuple(model.vocab.tokenize("quick", add_special=False))
    chunks = [Chunk("quick", quick), Chunk("quick", (control, *quick)), Chunk("quick", quick)]
    chunks.append(Chunk("", (), Finish("length", None, Usage(1, 0, 4), Timings(0, 0), 0)))
    prompt = ChatPrompt("", preserved_tokens=("<|fim_prefix|>",))
    answer = ChatStream(iter(chunks), prompt, model.vocab, ["<|fim_prefix|>"], lambda _: None).reply
    assert answer.text == "quick"
    assert (answer.finish.reason, answer.finish.stop) == ("stop", "<|fim_prefix|>")


@pytest.mark.parametrize(
    ("stop", "min_tokens", "text", "reason"),
    [
        ("q", 0, "", "stop"),
        ("q", 1, "q<|fim_prefix|>", "stop"),
        ("q", 3, "q<|fim_prefix|>q", "length"),
        ("<|fim_prefix|>", 1, "q", "stop"),
        ("<|fim_prefix|>", 2, "q<|fim_prefix|>q", "length"),
        ("q<|fim_prefix|>", 1, "q<|fim_prefix|>q", "length"),
    ],
)
def test_a_stop_text_in_the_first_tokens_ends_nothing(
    model: Model, stop: str, min_tokens: int, text: str, reason: str
) -> None:
    (control,) = model.vocab.tokenize("<|fim_prefix|>", add_special=False, parse_special=True)
    (q,) = model.vocab.tokenize("q", add_special=False)
    finish = Finish("length", None, Usage(1, 0, 3), Timings(0, 0), 0)
    chunks = [Chunk("q", (q, control)), Chunk("q", (q,)), Chunk("", (), finish)]
    prompt = ChatPrompt("", preserved_tokens=("<|fim_prefix|>",))
    answer = ChatStream(iter(chunks), prompt, model.vocab, [stop], lambda _: None, min_tokens=min_tokens).reply
    assert (answer.text, answer.finish.reason) == (text, reason)


def test_a_session_heals_no_tokens(model: Model, qwen: ChatTemplate) -> None:
    session = ChatSession(Canned(model.vocab, ["Well."]), qwen)
    with pytest.raises(ValueError, match="token_healing is for a prompt that ends in mid-word"):
        session.send("?", params=SamplingParams(token_healing=True))
    assert session.messages == []


def test_a_prompt_without_a_grammar_is_no_constraint(model: Model, qwen: ChatTemplate) -> None:
    prompt = qwen.apply([{"role": "user", "content": "?"}])
    with pytest.raises(GrammarError, match="puts no constraint"):
        prompt.stage(model.vocab)


def test_what_a_session_cannot_be_made_of(model: Model) -> None:
    with pytest.raises(TypeError, match="a template is needed"):
        ChatSession(Canned(model.vocab, []))
    with pytest.raises(ValueError, match="overflow is 'wrap'"):
        ChatSession(Canned(model.vocab, []), ChatTemplate("x"), overflow="wrap")  # type: ignore[arg-type]
    with pytest.raises(TemplateError, match="a tool is {}"):
        ChatSession(Canned(model.vocab, []), ChatTemplate("x"), tools=[{}])
