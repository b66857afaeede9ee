"""`llamacffi batch`: order, ids, bad lines, and going on after a kill at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import llamacffi
from llamacffi import Model, SamplingParams, Sequence, generate
from llamacffi.cli.app import app
from llamacffi.cli.journal import Journal
from llamacffi.cli.records import records
from tests.models import BigramModel, ScriptedModel


def written(path: Path, *lines: Any) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def answers(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def run(prompts: Path, output: Path, model: Path, *more: str) -> Any:
    arguments = ["batch", str(prompts), "-o", str(output), "--model", str(model), "--ctx", "512", "-t", "1", *more]
    return CliRunner().invoke(app, arguments)


def test_answers_come_in_order_with_their_ids(bigram: BigramModel, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"id": "one", "prompt": "a"},
        {"custom_id": 2, "prompt": "b", "max_tokens": 3},
        {"prompt": [30, 31]},
        {"id": None, "prompt": "c", "temperature": 2.0, "seed": 7},
    ]
    out = tmp_path / "out.jsonl"
    result = run(written(tmp_path / "in.jsonl", *lines), out, bigram.path, "-n", "5", "--temperature", "0")
    assert result.exit_code == 0, result.output
    told = answers(out)
    assert [one.get("id") for one in told] == ["one", 2, None, None]
    assert [one["line"] for one in told] == [1, 2, 3, 4]
    with Model(bigram.path) as model, model.context(n_ctx=64) as context:
        for line, one in zip(lines, told, strict=True):
            own = {name: line[name] for name in ("max_tokens", "temperature", "seed") if name in line}
            params = SamplingParams(**{"max_tokens": 5, "temperature": 0.0, **own})
            alone = generate(Sequence(context), line["prompt"], params)
            assert (one["text"], one["finish_reason"]) == (alone.text, alone.finish_reason)
            assert one["usage"]["completion_tokens"] == alone.usage.completion_tokens


def test_messages_go_through_the_template(scripted: ScriptedModel, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    messages = [{"role": "user", "content": "Hi"}]
    result = run(written(tmp_path / "in.jsonl", {"messages": messages}), out, scripted.path)
    assert result.exit_code == 0, result.output
    from llamacffi.chat import ChatTemplate

    with Model(scripted.path) as model:
        n_prompt = len(ChatTemplate.from_model(model).encode(messages, model.vocab))
    assert answers(out)[0]["usage"]["prompt_tokens"] == n_prompt


BAD = [
    ('{"prompt": "a"', "Expecting"),
    ("[1]", "must be a JSON object"),
    ({"prompt": "a", "temprature": 1}, "temperature"),
    ({"prompt": "a", "temperature": "hot"}, "temperature"),
    ({"id": 1}, "either a prompt or messages"),
    ({"prompt": "a", "messages": []}, "either a prompt or messages"),
    ({"prompt": 3}, "its prompt is 3"),
    ({"prompt": []}, "empty"),
    ({"prompt": [5] * 600}, "600 tokens"),
    ({"prompt": "a", "grammar": "root ::= ("}, "grammar"),
    ({"messages": [{"role": 1}]}, "role"),
    ('{"prompt": "\\ud800"}', ""),
    ("[" * 100_000, "nested"),
]


def test_bad_lines_are_skipped_with_what_is_wrong(scripted: ScriptedModel, tmp_path: Path) -> None:
    lines = [line for bad, _ in BAD for line in (bad, {"prompt": "Once", "max_tokens": 2})]
    out = tmp_path / "out.jsonl"
    result = run(written(tmp_path / "in.jsonl", *lines), out, scripted.path, "--on-error", "skip")
    assert result.exit_code == 0, result.output
    told = answers(out)
    for (_, text), one in zip(BAD, told[::2], strict=True):
        assert "error" in one, (text, one)
        assert text in one["error"]["message"]
    assert all("error" not in one for one in told[1::2])
    assert f"{len(BAD)} of them with an error" in result.stderr


@pytest.mark.parametrize("bad", [line for line, _ in BAD[:3]])
def test_a_bad_line_stops_and_is_named(scripted: ScriptedModel, tmp_path: Path, bad: Any) -> None:
    good = {"prompt": "Once", "max_tokens": 2}
    prompts, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    result = run(written(prompts, good, "", good, bad, good), out, scripted.path)
    assert result.exit_code == 1
    assert "line 4: " in result.stderr
    assert [one["line"] for one in answers(out)] == [1, 3]
    # Changed, it goes on: what was answered has not changed.
    result = run(written(prompts, good, "", good, good, good), out, scripted.path)
    assert result.exit_code == 0, result.output
    assert [one["line"] for one in answers(out)] == [1, 3, 4, 5]
    assert "2 lines answered; 2 were before" in result.stderr


def test_what_would_mix_answers_is_refused(scripted: ScriptedModel, bigram: BigramModel, tmp_path: Path) -> None:
    lines = [{"prompt": f"Once {i}", "max_tokens": 2} for i in range(4)]
    prompts, out = written(tmp_path / "in.jsonl", *lines), tmp_path / "out.jsonl"
    assert run(prompts, out, scripted.path).exit_code == 0
    before = out.read_bytes()
    assert run(prompts, out, scripted.path).exit_code == 0
    for other in (run(prompts, out, scripted.path, "--temperature", "0"), run(prompts, out, bigram.path)):
        assert other.exit_code == 1
        assert "begun with other options" in other.stderr
    changed = written(tmp_path / "changed.jsonl", {"prompt": "other"}, *lines[1:], {"prompt": "more"})
    result = run(changed, out, scripted.path)
    assert result.exit_code == 1
    assert "it has changed" in result.stderr
    result = run(written(tmp_path / "less.jsonl", *lines[:2]), out, scripted.path)
    assert result.exit_code == 1
    assert "only 2 lines" in result.stderr
    assert out.read_bytes() == before
    stranger = written(tmp_path / "stranger.jsonl", {"text": "somebody's"})
    result = run(prompts, stranger, scripted.path)
    assert result.exit_code == 1
    assert "not written by this command" in result.stderr
    assert run(changed, out, scripted.path, "--restart").exit_code == 0
    assert len(answers(out)) == 5


def test_more_lines_may_come(scripted: ScriptedModel, tmp_path: Path) -> None:
    prompts, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    prompts.write_text('{"prompt": "Once", "max_tokens": 2}', "utf-8")  # no end of line
    assert run(prompts, out, scripted.path).exit_code == 0
    with prompts.open("a", encoding="utf-8") as file:
        file.write('\n{"prompt": "Twice", "max_tokens": 3}\n')
    assert run(prompts, out, scripted.path).exit_code == 0
    assert [one["line"] for one in answers(out)] == [1, 2]


def test_every_place_of_a_kill(tmp_path: Path) -> None:
    """Whatever of the last writes has reached the files, as a kill between any two bytes leaves them."""
    prompts = written(tmp_path / "in.jsonl", *({"prompt": str(i)} for i in range(3)))
    lines = list(records(prompts))
    out, options = tmp_path / "out.jsonl", {"ctx": 1}
    journal_path = tmp_path / "out.jsonl.journal"
    with Journal(out, options, restart=False) as journal:
        for record in lines:
            journal.write(record, {"line": record.line})
    whole, whole_journal = out.read_bytes(), journal_path.read_bytes()
    header = whole_journal.index(b"\n") + 1
    width = (len(whole_journal) - header) // 3
    for n in range(len(whole) + 1):
        n_begun = len(whole[:n].splitlines())
        for entries in range(header + width * n_begun, min(header + width * (n_begun + 1), len(whole_journal)) + 1):
            out.write_bytes(whole[:n])
            journal_path.write_bytes(whole_journal[:entries])
            with Journal(out, options, restart=False) as journal:
                assert journal.n_done == whole[:n].count(b"\n")
                if journal.n_done:
                    journal.check(lines[journal.n_done - 1])
                for record in lines[journal.n_done :]:
                    journal.write(record, {"line": record.line})
            assert (out.read_bytes(), journal_path.read_bytes()) == (whole, whole_journal)
    for n in range(header):  # nothing was answered yet
        out.write_bytes(b"")
        journal_path.write_bytes(whole_journal[:n])
        with Journal(out, options, restart=False) as journal:
            assert journal.n_done == 0
        assert journal_path.read_bytes() == whole_journal[:header]


# Runs the command, and dies in the middle of the `n`-th write to its files.
DYING = """
import os, signal, sys
from llamacffi.cli import journal, main

left = int(sys.argv.pop(1))
write = journal._write

def dying(descriptor, data):
    global left
    left -= 1
    if left == 0:
        write(descriptor, data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    write(descriptor, data)

journal._write = dying
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_in_the_middle_and_gone_on_with(bigram: BigramModel, tmp_path: Path) -> None:
    prompts = written(tmp_path / "in.jsonl", *({"prompt": [5 + i], "max_tokens": 5 + i % 7} for i in range(40)))
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    options = ["--model", str(bigram.path), "--ctx", "256", "-t", "1", "-p", "2", "--temperature", "2", "--seed", "1"]
    environment = {**os.environ, "PYTHONPATH": str(Path(llamacffi.__file__).parents[1])}

    def batch(output: Path, n_writes: int) -> int:
        command = [sys.executable, "-c", DYING, str(n_writes), "batch", str(prompts), "-o", str(output), *options]
        return subprocess.run(command, env=environment, check=False, capture_output=True).returncode

    assert batch(whole, 0) == 0
    assert len(answers(whole)) == 40
    # The header, then for each answer the journal's line and its own.
    for n_writes, n_answers in ((1, 0), (1 + 2 * 7, 6), (1 + 6, 9), (2, 9)):
        assert batch(out, n_writes) == -signal.SIGKILL
        assert out.read_bytes().count(b"\n") == n_answers
        assert whole.read_bytes().startswith(out.read_bytes())
    assert batch(out, 0) == 0
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")
def test_two_at_once_are_refused(scripted: ScriptedModel, tmp_path: Path) -> None:
    prompts, out = written(tmp_path / "in.jsonl", {"prompt": "Once", "max_tokens": 1}), tmp_path / "out.jsonl"
    assert run(prompts, out, scripted.path).exit_code == 0
    with (tmp_path / "out.jsonl.journal").open("ab") as file:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
        result = run(prompts, out, scripted.path)
    assert result.exit_code == 1
    assert "another process is writing" in result.stderr


def test_a_seed_is_another_for_each_line(bigram: BigramModel, tmp_path: Path) -> None:
    lines = [{"prompt": "x"}] * 2
    prompts = written(tmp_path / "in.jsonl", *lines)
    texts = []
    for name in ("one", "two"):
        run(prompts, tmp_path / name, bigram.path, "--seed", "3", "--temperature", "3", "-n", "30")
        texts.append([one["text"] for one in answers(tmp_path / name)])
        assert [one["seed"] for one in answers(tmp_path / name)] == [4, 5]
    assert texts[0] == texts[1]
    assert texts[0][0] != texts[0][1]
