"""Makes `tests`, `bindgen` and `build_ffi` importable in tests, behind whatever llamacffi is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

# Appended, not inserted: the wheel under test must win over the source tree beside it.
sys.path.append(str(Path(__file__).parent))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the tests that compile for minutes: the project from its sdist, one backend after the other."""
    parser.addoption("--sdist", action="store_true", help="build the project from a clean copy and its sdist")
    parser.addoption("--backends", default="", help="compile and compare: cpu-all, rpc, blas, vulkan or all there is")
    parser.addoption("--other-llama-cpp", action="store_true", help="skip what this llama.cpp does not have")
    parser.addoption("--backends-dir", default="", help="keep the compiled backends in this folder")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With --other-llama-cpp, a test that meets what an older llama.cpp lacks is skipped, and says what that is."""
    report = yield
    if report.failed and call.excinfo is not None and item.config.getoption("--other-llama-cpp"):
        reason = str(call.excinfo.value)
        if call.excinfo.typename == "BuildError" and ("not in this build" in reason or "was built from" in reason):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1] or 0, reason)
    return report
