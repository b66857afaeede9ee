"""Whatever was edited, forked, trimmed and saved before: the next reply is that of a session which begins with it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import ChatSession, ChatTemplate, ContextOverflow, Model, SamplingParams, Sequence
from tests.models.exact import EXACT
from tests.unit.chat.test_session import Canned

N_CTX = 256
GREEDY = SamplingParams(temperature=0, max_tokens=16)
WORDS = ["tell", "me", "a", "story", "about", "the", "blue", "trees", "of", "france", "and", "paris", "please"]


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        yield model


def fresh(session: ChatSession, model: Model, content: str) -> Any:
    """What a session says that has never computed anything else, of what the last prompt held."""
    with model.context(n_ctx=N_CTX, n_threads=1, **EXACT) as context:
        other = ChatSession(Sequence(context), params=GREEDY, system="Be brief.")
        other.messages = [dict(message) for message in session.messages]
        if session._oldest is not None and session._dropped(session.messages):
            del other.messages[1 : session._dropped(session.messages)]
        return other.send(content)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_things(seed: int, model: Model, tmp_path: Path) -> None:
    rng = random.Random(seed)
    n_trimmed = n_kept = 0
    with model.context(n_ctx=N_CTX * 3, n_seq_max=3, kv_unified=False, n_threads=1, **EXACT) as context:
        first = ChatSession(Sequence(context), params=GREEDY, system="Be brief.")
        sessions = [first]
        for step in range(16):
            session = rng.choice(sessions)
            kind = rng.choice(["send", "send", "send", "edit", "fork", "save", "close", "delete", "again"])
            content = " ".join(rng.choices(WORDS, k=rng.randint(1, 16)))
            if kind == "edit" and len(session.messages) > 1:
                session.edit(rng.randrange(1, len(session.messages)), content)
            elif kind == "fork" and len(sessions) < 3:
                sessions.append(session.fork())
            elif kind == "save":
                session.save(tmp_path / f"{step}.json")
                rng.choice(sessions).load(tmp_path / f"{step}.json")
            elif kind == "close":
                stream = session.stream(content)
                for _ in range(rng.randint(0, 3)):
                    next(stream, None)
                stream.close()
            elif kind == "delete" and len(session.messages) > 3:
                del session.messages[1 : rng.randrange(2, len(session.messages))]
            elif kind == "again":
                session.messages = session.messages[: rng.randint(1, len(session.messages))]
            reply = session.send(content)
            said = session.messages
            session.messages = said[:-2]
            expected = fresh(session, model, content)
            session.messages = said
            assert reply.text == expected.text, (seed, step, kind)
            assert reply.finish.usage.prompt_tokens == expected.finish.usage.prompt_tokens
            n_kept += reply.finish.usage.cached_tokens
            n_trimmed += session._dropped(session.messages) > 0
    assert n_trimmed > 0
    assert n_kept > 100


def test_messages_that_are_replaced_are_not_trimmed_with_the_old_ones(model: Model) -> None:
    generator = Canned(model.vocab, ["answer"] * 40, n_ctx=200)
    params = SamplingParams(max_tokens=20)
    session = ChatSession(generator, ChatTemplate.from_model(model), system="Be brief.", params=params)
    for i in range(12):
        session.send(f"question {i}")
    assert "question 0" not in generator.prompts[-1]
    del session.messages[1:]
    session.send("anew")
    assert "anew<|im_end|>" in generator.prompts[-1]
    assert "Be brief." in generator.prompts[-1]


def test_trimming_leaves_room_for_some_turns(model: Model) -> None:
    """So that most prompts begin as the one before."""
    generator = Canned(model.vocab, ["answer"] * 100, n_ctx=400)
    template = ChatTemplate.from_model(model)
    session = ChatSession(generator, template, params=SamplingParams(max_tokens=20))
    for i in range(60):
        session.send(f"question {i}")
    begins = [prompt.partition("<|im_end|>")[0] for prompt in generator.prompts]
    changes = sum(a != b for a, b in itertools.pairwise(begins))
    assert 3 <= changes < 30


def test_long_histories_are_trimmed_in_few_attempts(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = Canned(model.vocab, ["answer"], n_ctx=400)
    session = ChatSession(generator, ChatTemplate.from_model(model), params=SamplingParams(max_tokens=20))
    for i in range(500):
        session.messages += [{"role": "user", "content": f"question {i}"}, {"role": "assistant", "content": "answer"}]
    written = []
    prompt = session._prompt

    def counted(messages: Any, options: Any) -> Any:
        written.append(messages)
        return prompt(messages, options)

    monkeypatch.setattr(session, "_prompt", counted)
    session.send("and now?")
    assert "and now?" in generator.prompts[0]
    assert len(written) < 25


def test_a_fork_is_trimmed_as_the_session_was(model: Model) -> None:
    generator = Canned(model.vocab, ["answer"] * 40, n_ctx=200)
    session = ChatSession(generator, ChatTemplate.from_model(model), params=SamplingParams(max_tokens=20))
    for i in range(12):
        session.send(f"question {i}")
    fork = session.fork()
    session.send("and now?")
    fork.send("and now?")
    assert generator.prompts[-1] == generator.prompts[-2]
    with pytest.raises(ContextOverflow):
        fork.send("word " * 300)
    assert len(fork.messages) == len(session.messages)
