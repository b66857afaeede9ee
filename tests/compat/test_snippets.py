"""The same code on llama-cpp-python and on llamacffi gives the same text, keys and types."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama
from tests.compat.runner import snippets
from tests.models import write_color_projector
from tests.models.colors import COLORS, rows_of

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.model]

RUNNER = Path(__file__).with_name("runner.py")
RIVAL = Path(__file__).parents[2] / "benchmarks" / "rival.py"

DIFFERENT = {
    "complete_until_full": "the original stops a token early: the last one needs no cell",
    "ram_cache": "the original stores a text of 18 tokens, which is computed as soon as it is loaded",
    "complete_empty_prompt": "the original fails an assertion where the tokenizer adds no token to an empty prompt",
    "generate_with_additions": "the original samples without logits when a generator is sent tokens, and aborts",
    "logprobs_echo": "without a BOS the original's log-probabilities are one token off",
    "suffix": "the original puts token 0 where the tokens for prefix, suffix and middle belong",
    "states": "the original samples from the logits of what was evaluated before load_state",
    "tokenizer_of_a_file": "the original's tokenizer uses a model that has been freed",
    "state_pickled": "the original has no logits after load_state in a new object, and aborts",
    "tool_named_by_template": "the original does not tell the model of the tool where the template knows none",
}
"""Where the original is wrong or does otherwise, and how; llamacffi has to answer."""

BETTER = {".bytes": "the original has no bytes of a token in the log-probabilities of a chat"}
"""Keys whose value is another in every snippet."""

RANDOM = ("id", "created")


@pytest.fixture(scope="module")
def sight(default_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where snippets find the projector that makes a red picture the embedding of " red"."""
    with Llama(default_model, vocab_only=True, verbose=False) as llm:
        tokens = [llm.tokenize(f" {name}".encode(), add_bos=False)[0] for name in COLORS]
    path = tmp_path_factory.mktemp("sight") / "mmproj.gguf"
    return {"SNIPPETS_MMPROJ": str(write_color_projector(path, rows_of(default_model, tokens)))}


@pytest.fixture(scope="module")
def theirs(default_model: Path, sight: dict[str, str]) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("rival", RIVAL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["rival"] = module  # its dataclass looks there
    spec.loader.exec_module(module)
    rival = module.rival()
    return run(str(rival.python), default_model, {**rival.environment, **sight})


@pytest.fixture(scope="module")
def ours(default_model: Path, sight: dict[str, str]) -> dict[str, Any]:
    return run(sys.executable, default_model, {**os.environ, **sight}, "--shim")


def run(python: str, model: Path, environment: dict[str, str], *flags: str) -> dict[str, Any]:
    """What each snippet gave; where one ends the process, a new one goes on behind it."""
    left, results = list(snippets()), {}
    environment = {**environment, "GGML_NO_BACKTRACE": "1"}
    while left:
        command = [python, str(RUNNER), *flags, str(model), *left]
        process = subprocess.run(command, capture_output=True, env=environment, timeout=600, check=False)
        lines = [json.loads(line) for line in process.stdout.splitlines() if line.startswith(b'{"')]
        results.update({line["name"]: line for line in lines if "name" in line})
        begun = [line["begins"] for line in lines if "begins" in line]
        if not begun:
            pytest.fail(process.stderr.decode(errors="replace")[-2000:])
        for name in begun:
            results.setdefault(name, {"error": f"the process ended with {process.returncode}"})
        left = [name for name in left if name not in begun]
    return results


def differences(a: Any, b: Any, place: str = "") -> list[str]:
    """Where two typed values differ; floats may by what another order of additions makes of them."""
    (kind, ours), (other, theirs) = (("float" if pair[0].startswith("float") else pair[0], pair[1]) for pair in (a, b))
    if place.endswith(tuple(BETTER)):
        return []
    if kind != other:
        return [f"{place}: {kind} {short(ours)} instead of {other} {short(theirs)}"]
    if kind == "dict":
        found = [f"{place}: keys {sorted(ours)} instead of {sorted(theirs)}"] if set(ours) != set(theirs) else []
        shared = [key for key in theirs if key in ours]
        return found + [line for key in shared for line in differences(ours[key], theirs[key], f"{place}.{key}")]
    if isinstance(theirs, list):
        if len(ours) != len(theirs):
            return [f"{place}: {len(ours)} elements instead of {len(theirs)}"]
        return [line for i in range(len(ours)) for line in differences(ours[i], theirs[i], f"{place}[{i}]")]
    if place.endswith(RANDOM) and kind in ("str", "int"):
        same = kind == "int" or same_id(ours, theirs)
    elif kind == "float" and ours is not None and theirs is not None:
        same = math.isclose(ours, theirs, rel_tol=5e-3, abs_tol=2e-2)
    else:
        same = ours == theirs
    return [] if same else [f"{place}: {short(ours)} instead of {short(theirs)}"]


def same_id(ours: str, theirs: str) -> bool:
    """Only what stands before the first hyphen is the same each time; of a tool's call the names follow it."""
    return ours.partition("-")[0] == theirs.partition("-")[0]


def short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else text[:200] + "…"


@pytest.mark.parametrize("name", snippets())
def test_both_packages_give_the_same(name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    mine, other = ours[name], theirs[name]
    assert "error" not in mine, mine["error"]
    if name in DIFFERENT:
        assert "error" in other or differences(mine["value"], other["value"]), "no longer different"
        return
    assert "error" not in other, other["error"]
    assert not differences(mine["value"], other["value"])


def test_there_are_forty(ours: dict[str, Any]) -> None:
    assert len(set(ours) - set(DIFFERENT)) >= 40


def test_a_state_continues_where_it_was_saved(ours: dict[str, Any]) -> None:
    """What the original gets wrong, held against what it gives without a state."""
    first, again, *_ = ours["states"]["value"][1]
    assert first == again
    pickled = ours["state_pickled"]["value"]
    assert pickled[1] == first[1][:4]
