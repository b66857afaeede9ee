"""No test is skipped on the pinned llama.cpp because of what only other ones lack."""

from __future__ import annotations

import pytest

from tests.capabilities import CAPABILITIES, has


def test_the_pinned_llama_cpp_has_everything(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--other-llama-cpp"):
        pytest.skip("it is another one that is tested")
    assert [name for name in CAPABILITIES if not has(name)] == []
