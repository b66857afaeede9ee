"""Servers in this process, each of one model whose answers are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama
from tests.models import BigramModel, Script, ScriptedModel, write_bert, write_scripted
from tests.server.openai.asked import Asked, asked_of
from tests.server.protocols.said import CALL, TEXT, THOUGHT
from tests.unit.llama.exact import EXACT


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Asked]]:
    """Makes a client of a server with models by name."""
    with ExitStack() as stack:

        def made(paths: dict[str, Path], **options: Any) -> Asked:
            more = {"n_ctx": 512, "n_parallel": 2, **EXACT, **options}
            asked = asked_of({name: stack.enter_context(Llama(path, **more)) for name, path in paths.items()})
            stack.enter_context(asked.client)  # one event loop for all that is asked
            return asked

        yield made


@pytest.fixture(scope="module")
def script(serve: Callable[..., Asked], scripted: ScriptedModel) -> Asked:
    """It says the script, whatever it is asked."""
    return serve({"script": scripted.path})


@pytest.fixture(scope="module")
def table(serve: Callable[..., Asked], bigram: BigramModel) -> Asked:
    """Its logits are rows of a matrix."""
    return serve({"table": bigram.path})


@pytest.fixture(scope="module")
def tiny(serve: Callable[..., Asked], tiny_llama: Path) -> Asked:
    """It says gibberish that hangs on all that came before."""
    return serve({"tiny": tiny_llama})


@pytest.fixture(scope="module")
def bert(serve: Callable[..., Asked], tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """It embeds."""
    return serve({"bert": write_bert(tmp_path_factory.mktemp("bert") / "bert.gguf")})


@pytest.fixture(scope="module")
def thinker(serve: Callable[..., Asked], llama_cpp: Path, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """It thinks, speaks, and calls a tool; its template knows of all three."""
    template = llama_cpp / "models" / "templates" / "Qwen-Qwen3-0.6B.jinja"
    if not template.exists():
        pytest.skip(f"no {template}")
    said = Script.of(f"<think>\n{THOUGHT}</think>\n\n{TEXT}{CALL}", n_chars=3)
    path = tmp_path_factory.mktemp("thinker") / "thinker.gguf"
    write_scripted(path, said, n_ctx_train=4096, chat_template=template.read_text("utf-8"))
    return serve({"thinker": path}, n_ctx=4096)
