"""`llamacffi chat`, by typer's runner, as a process, and on a terminal."""

from __future__ import annotations

import codecs
import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import llamacffi
from llamacffi.cli.app import app
from tests.capabilities import needs
from tests.models import ScriptedModel, write_color_projector
from tests.models.colors import rows_of

ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(llamacffi.__file__).parents[1]),
    "PYTHONIOENCODING": "utf-8",
    "TERM": "dumb",
}
COMMAND = [sys.executable, "-m", "llamacffi", "chat", "--temperature", "0", "--model"]


@needs("llama-common's chat code")
def test_answers_what_the_model_says(scripted: ScriptedModel) -> None:
    result = CliRunner().invoke(app, ["chat", "Who are you?", "--model", str(scripted.path)])
    assert result.exit_code == 0, result.output
    assert result.stdout == scripted.script.text + "\n"
    n_tokens = len(scripted.script.tokens)
    assert re.fullmatch(
        rf"prompt: \d+ tokens, [\d.]+ tokens/s; answer: {n_tokens} tokens, [\d.]+ tokens/s\n", result.stderr
    )


@needs("llama-common's chat code")
def test_max_tokens(scripted: ScriptedModel) -> None:
    result = CliRunner().invoke(app, ["chat", "Who are you?", "--model", str(scripted.path), "--max-tokens", "2"])
    first_two = "".join(scripted.script.vocab.tokens[token] for token in scripted.script.tokens[:2])
    assert result.stdout == first_two.replace("\u2581", " ") + "\n"


@needs("llama-common's chat code")
def test_question_from_a_pipe(scripted: ScriptedModel) -> None:
    result = subprocess.run(
        [*COMMAND, scripted.path],
        input="Who are you?\n",
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, scripted.script.text + "\n")
    # One line about the speed: nothing of llama.cpp's log, no bar, no warning.
    assert re.fullmatch(r"prompt: .* tokens/s\n", result.stderr)


def test_no_question() -> None:
    result = CliRunner().invoke(app, ["chat"], input="")
    assert result.exit_code == 2
    assert "there is no question" in result.stderr


def test_no_such_model(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["chat", "Hello", "--model", str(tmp_path / "none.gguf")])
    assert result.exit_code == 1
    assert result.stderr.startswith("llamacffi: ")
    assert "none.gguf" in result.stderr
    assert "there is no such file" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["chat", "generate"])
def test_no_model_of_that_name(command: str) -> None:
    result = CliRunner().invoke(app, [command, "Hello", "--model", "smollm2-135m-instrukt"])
    assert result.exit_code == 1
    assert "smollm2-135m-instruct" in result.stderr


def test_bad_option(scripted: ScriptedModel) -> None:
    result = CliRunner().invoke(app, ["chat", "Hello", "--model", str(scripted.path), "--threads", "0"])
    assert result.exit_code == 2
    assert "--threads" in result.stderr


class Terminal:
    """Our end of a pseudo-terminal, read piece by piece."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._unread = ""

    def read_until(self, text: str) -> str:
        """What the terminal shows up to and with `text`; the rest waits for the next call."""
        end = time.monotonic() + 60
        while text not in self._unread:
            assert time.monotonic() < end, self._unread
            if select.select([self._descriptor], [], [], 0.1)[0]:
                new = self._decoder.decode(os.read(self._descriptor, 4096))
                self._unread += new.replace("\r", "")
        before, _, self._unread = self._unread.partition(text)
        return before + text

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
@needs("llama-common's chat code")
def test_conversation_on_a_terminal(scripted: ScriptedModel) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, scripted.path], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    os.close(theirs)
    terminal = Terminal(ours)
    try:
        for question in ("Who are you?", "And who else?"):
            terminal.read_until("> ")
            terminal.type(question + "\n")
            terminal.read_until(scripted.script.text)
        terminal.read_until("> ")
        terminal.type("/clear\n")
        terminal.read_until("> ")
        terminal.type("\x04")
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        _, errors = process.communicate()
        os.close(ours)
    speeds = re.findall(r"prompt: (\d+) tokens", errors.decode())
    assert len(speeds) == 2
    # The second question's prompt holds the first one and its answer, but only what is new was decoded.
    assert int(speeds[1]) < 2 * int(speeds[0])


@needs("mtmd's parts")
def test_pictures_go_with_the_first_question(scripted: ScriptedModel, tmp_path: Path) -> None:
    path = write_color_projector(tmp_path / "mmproj.gguf", rows_of(scripted.path))
    pictures = [tmp_path / "a.png", tmp_path / "b.jpg"]
    for picture in pictures:
        Image.new("RGB", (20, 20), "red").save(picture)
    asked = ["chat", "Who are you?", "--model", str(scripted.path)]
    without = CliRunner().invoke(app, asked)
    shown = [flag for picture in pictures for flag in ("--image", str(picture))]
    result = CliRunner().invoke(app, [*asked, *shown, "--mmproj", str(path)])
    assert result.exit_code == 0, result.output
    counts = [int(re.findall(r"prompt: (\d+) tokens", one.stderr)[0]) for one in (without, result)]
    assert counts[1] == counts[0] + len(pictures)  # an embedding each
    for wrong in (["--image", str(tmp_path / "nowhere.png")], ["--audio", str(pictures[0])]):
        refused = CliRunner().invoke(app, [*asked, *wrong, "--mmproj", str(path)])
        assert refused.exit_code != 0
    blind = CliRunner().invoke(app, [*asked, *shown])
    assert blind.exit_code != 0
    assert "takes text alone" in f"{blind.stderr}{blind.exception}"
