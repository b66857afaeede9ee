"""The packages for Node.js, as they are: `LLAMACFFI_NPM` is the folder that they are installed in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.protocols.serving import serving

pytestmark = pytest.mark.model

SCRIPTS = Path(__file__).parent / "npm"


@pytest.fixture(scope="module")
def address(default_model: Path) -> Iterator[str]:
    with serving({"smollm2": default_model}, n_ctx=2048) as address:
        yield address


def ran(script: str, address: str) -> dict[str, Any]:
    """What a script says, run where its imports are found."""
    node, folder = shutil.which("node"), os.environ.get("LLAMACFFI_NPM")
    if node is None or folder is None:
        pytest.skip("needs node, and LLAMACFFI_NPM, a folder with the packages")
    copy = shutil.copy(SCRIPTS / script, folder)
    done = subprocess.run([node, copy, address, "smollm2"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_openai(address: str) -> None:
    said = ran("openai.mjs", address)
    created = said["created"]
    assert created["text"]
    assert (created["status"], created["usage"]["output_tokens"]) == ("incomplete", 12)
    assert (said["next"]["previous"], said["retrieved"], said["items"]) == (True, created["text"], ["Say hello."])
    assert said["next"]["input_tokens"] > created["usage"]["total_tokens"]
    assert said["deleted"] == 404
    assert said["streamed"]["text"]
    assert said["streamed"]["deltas"] > 12
    assert {"response.created", "response.output_text.delta", "response.incomplete"} <= {*said["streamed"]["types"]}
    assert said["parsed"]["size"] in ("small", "large")
    assert said["called"]["name"] == "look"
    assert said["called"]["arguments"]["city"] in ("Paris", "Rome")
    assert said["chat"]


def test_anthropic(address: str) -> None:
    said = ran("anthropic.mjs", address)
    usage = said["created"]["usage"]
    assert (said["created"]["stop"], usage["output_tokens"]) == ("max_tokens", 12)
    assert usage["input_tokens"] + usage["cache_read_input_tokens"] == said["count"]
    assert said["streamed"]["text"] == said["streamed"]["joined"] != ""
    assert said["streamed"]["deltas"] > 1
    assert said["called"]["stop"] == "tool_use"
    assert said["called"]["input"]["city"] in ("Paris", "Rome")
    assert said["refused"] == [400, "invalid_request_error"]


def test_ollama(address: str) -> None:
    said = ran("ollama.mjs", address)
    assert said["chat"]["text"]
    assert (said["chat"]["reason"], said["chat"]["count"]) == ("length", 12)
    assert said["streamed"]["text"]
    assert said["streamed"]["parts"] > 2
    assert said["formed"]["size"] in ("small", "large")
    assert said["generated"]
    assert said["raw"]
    assert said["embedded"] == pytest.approx([1, 1], abs=1e-4)
    assert said["listed"] == said["running"] == ["smollm2"]
    assert "completion" in said["shown"]


def test_the_ai_sdk(address: str) -> None:
    said = ran("ai.mjs", address)
    assert said["text"]
    assert said["usage"] == said["streamed"]["usage"] == 12
    assert said["streamed"]["text"]
    assert said["streamed"]["parts"] > 1
    assert said["object"]["size"] in ("small", "large")
