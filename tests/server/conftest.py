"""The server is an extra: without it there is nothing to test here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.models import Script, write_scripted
from tests.server.protocols.said import CALL, TEXT, THOUGHT

collect_ignore_glob = [] if find_spec("fastapi") and find_spec("uvicorn") else ["*"]


@pytest.fixture(scope="session")
def thinker_path(llama_cpp: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It thinks, speaks, and calls a tool; its template knows of all three."""
    template = llama_cpp / "models" / "templates" / "Qwen-Qwen3-0.6B.jinja"
    if not template.exists():
        pytest.skip(f"no {template}")
    script = Script.of(f"<think>\n{THOUGHT}</think>\n\n{TEXT}{CALL}", n_chars=3)
    path = tmp_path_factory.mktemp("thinker") / "thinker.gguf"
    return write_scripted(path, script, n_ctx_train=4096, chat_template=template.read_text("utf-8"))
