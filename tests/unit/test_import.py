"""What `import llamacffi` does not do. How long it takes is for benchmarks/import_time.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import llamacffi
from llamacffi import errors

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(llamacffi.__file__).parents[1])}


def run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )


def test_nothing_is_printed_or_warned() -> None:
    result = run("import llamacffi", "-W", "error", "-X", "dev")
    assert (result.stdout, result.stderr) == ("", "")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted through /proc")
def test_no_thread_is_started() -> None:
    program = """
import os, numpy
before = len(os.listdir("/proc/self/task"))
import llamacffi
print(len(os.listdir("/proc/self/task")) - before)
"""
    assert run(program).stdout == "0\n"


def test_no_backend_is_registered() -> None:
    # `lib` of the package starts the backends, so the door behind it is asked.
    program = """
import llamacffi
from llamacffi._native import lib
print(lib.ggml_backend_reg_count())
llamacffi.lib
print(lib.ggml_backend_reg_count() > 0)
"""
    assert run(program).stdout.split() == ["0", "True"]


@pytest.mark.parametrize("module", ["jinja2", "platformdirs", "rich", "typer", "asyncio", "subprocess", "http.client"])
def test_is_not_imported(module: str) -> None:
    new = "import numpy, sys; before = set(sys.modules); import llamacffi; new = set(sys.modules) - before"
    assert run(f"{new}; print({module!r} in new)").stdout == "False\n"


def test_no_plugin_is_opened() -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("libraries are listed through /proc")
    program = "import llamacffi; print('ggml-cpu' in open('/proc/self/maps').read())"
    assert run(program).stdout == "False\n"


def test_everything_public_is_there() -> None:
    for name in llamacffi.__all__:
        assert getattr(llamacffi, name) is not None
    assert len(set(llamacffi.__all__)) == len(llamacffi.__all__)
    assert set(errors.__all__) <= set(llamacffi.__all__)
    assert set(llamacffi.__all__) <= set(dir(llamacffi))


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="Modell"):
        llamacffi.Modell  # noqa: B018 - the access is what is tested
