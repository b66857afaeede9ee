"""`import llama_cpp` gives llamacffi here; what is loaded for a test is of one model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llamacffi.integrations import llama_cpp as shim


@pytest.fixture(scope="session", autouse=True)
def installed() -> Iterator[None]:
    shim.install()
    yield
    shim.uninstall()


@pytest.fixture(scope="session")
def model_path(default_model: object) -> str:
    return str(default_model)
