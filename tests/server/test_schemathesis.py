"""The application against its own description: whatever is sent, no 5xx, no status that is not declared, no way in."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from llamacffi import Llama
from tests.capabilities import needs
from tests.server.protocols.serving import app_of, running
from tests.unit.llama.exact import EXACT

pytestmark = [pytest.mark.slow, needs("llama-common's chat code")]
pytest.importorskip("schemathesis")

CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance,ignored_auth"


# Of all that is 5xx, 501 alone is an answer: this model cannot do that.
SETTINGS = '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "3xx", "4xx", "501"]\n'


def test_no_request_breaks_it(thinker_path: Path, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(SETTINGS, encoding="utf-8")
    with ExitStack() as stack:
        llm = stack.enter_context(Llama(thinker_path, n_ctx=256, n_parallel=2, **EXACT))
        address = stack.enter_context(running(app_of({"thinker": llm}, api_key=("key",))))
        arguments = ["run", f"{address}/openapi.json", "-H", "Authorization: Bearer key", "--checks", CHECKS]
        phases = [
            "--phases",
            "coverage,fuzzing",
            "--max-examples",
            "20",
            "--seed",
            "3",
            "--generation-deterministic",
            # Which ends the one model that there is: the test holds it, and nobody loads it again.
            "--exclude-path",
            "/models/unload",
        ]
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", *arguments, *phases, "--request-timeout", "60"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-10000:] + done.stderr
    assert "Tested:" in done.stdout
