"""Tests of what others built on llama-cpp-python, unmodified, on llamacffi."""

from __future__ import annotations

import importlib.util

import pytest


def wanted(module: str, distribution: str) -> None:
    """Skip the test module that calls it when a package is not installed; nothing is imported for that."""
    for i in range(1, module.count(".") + 2):
        if importlib.util.find_spec(".".join(module.split(".")[:i])) is None:
            pytest.skip(f"{distribution} is not installed", allow_module_level=True)


MARKS = [
    pytest.mark.model,
    # What these packages warn of is theirs.
    pytest.mark.filterwarnings("default"),
]

PROMPT = "Once upon a time, in a village by the sea,"
ANSWER = " there was a king named King Elara. She was a"
"""What llama-cpp-python gives for it at temperature 0 with the default model, 12 tokens."""
