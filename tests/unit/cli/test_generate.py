"""`llamacffi generate`, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import string
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import llamacffi
from llamacffi.cli.app import app
from tests.models import BigramModel, ScriptedModel
from tests.models.vocab import SPACE


def test_text_is_continued(scripted: ScriptedModel) -> None:
    result = CliRunner().invoke(app, ["generate", "Once", "--model", str(scripted.path), "-n", "1000"])
    assert result.exit_code == 0, result.output
    assert result.stdout == "Once" + scripted.script.text + "\n"


def test_greedy_follows_the_matrix(bigram: BigramModel) -> None:
    vocab = bigram.vocab
    following = {text: vocab.tokens[int(bigram.logits[vocab.ids[text]].argmax())] for text in string.ascii_lowercase}
    # A letter that is followed by text, not by a byte or a control token.
    start, best = next((text, best) for text, best in following.items() if not best.startswith("<"))
    result = CliRunner().invoke(app, ["generate", start, "--model", str(bigram.path), "--temperature", "0", "-n", "1"])
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{start}{spelled(best)}\n"


def spelled(token: str) -> str:
    return token.replace(SPACE, " ")


def test_the_same_seed_gives_the_same_text(bigram: BigramModel) -> None:
    def text(seed: int) -> str:
        arguments = [
            "generate",
            "x",
            "--model",
            str(bigram.path),
            "--temperature",
            "3",
            "--seed",
            str(seed),
            "-n",
            "30",
        ]
        return CliRunner().invoke(app, arguments).stdout

    assert text(1) == text(1)
    assert text(1) != text(2)


def test_nothing_to_continue() -> None:
    result = CliRunner().invoke(app, ["generate", ""])
    assert result.exit_code == 2
    assert "there is no text" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is not Ctrl-C there")
def test_ctrl_c_exits_130(tiny_llama: Path) -> None:
    arguments = ["-m", "llamacffi", "generate", "Once", "--ctx", "100000", "-n", "100000", "--temperature", "0"]
    environment = {**os.environ, "PYTHONPATH": str(Path(llamacffi.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, *arguments, "--model", tiny_llama],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(40)  # the prompt and some words: it is in the middle of it
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in errors
