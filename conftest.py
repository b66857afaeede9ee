"""Makes `tests`, `bindgen` and `build_ffi` importable in tests, behind whatever llamacffi is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# Appended, not inserted: the wheel under test must win over the source tree beside it.
sys.path.append(str(Path(__file__).parent))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--sdist` runs the tests that build the whole project from its sdist, which takes minutes."""
    parser.addoption("--sdist", action="store_true", help="build the project from a clean copy and its sdist")
