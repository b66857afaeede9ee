"""The programs in the manual run: those that are whole, which is to say, that load the model they speak of."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.models import ScriptedModel

ROOT = Path(__file__).parents[2]
NAME = "smollm2-135m-instruct"


def programs(page: Path) -> list[str]:
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [block for block in blocks if f'"{NAME}"' in block and re.match(r"(from|import) ", block)]


PAGES = [page for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))) if programs(page)]

RUN = """
import json, sys, traceback
for i, program in enumerate(json.load(sys.stdin)):
    try:
        exec(compile(program, f"<program {i}>", "exec"), {"__name__": "__main__"})
    except Exception:
        traceback.print_exc()
        print(program, file=sys.stderr)
        sys.exit(1)
"""


def test_there_are_some() -> None:
    names = {page.name for page in PAGES}
    assert {"README.md", "engine.md", "speculative.md", "migrating.md"} <= names
    assert sum(len(programs(page)) for page in PAGES) >= 13


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_they_run(page: Path, scripted: ScriptedModel, tmp_path: Path) -> None:
    """With a tiny model of that name: names of one's own go before the catalogue."""
    (tmp_path / "models.toml").write_text(f"{NAME} = '{scripted.path}'", encoding="utf-8")
    environment = {**os.environ, "LLAMACFFI_CONFIG": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN],
        input=json.dumps(programs(page)),
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
