"""The templates that llama.cpp ships, compiled once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamacffi import ChatTemplate
from tests.unit.chat.shipped import shipped_templates


@pytest.fixture(scope="session")
def shipped(llama_cpp: Path) -> dict[str, ChatTemplate]:
    templates = shipped_templates(llama_cpp)
    if not templates:
        pytest.skip(f"no models/templates in {llama_cpp}")
    return templates


@pytest.fixture
def qwen(shipped: dict[str, ChatTemplate]) -> ChatTemplate:
    return shipped["Qwen-Qwen3-0.6B"]
