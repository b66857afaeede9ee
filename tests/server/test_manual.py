"""The manual's tables of settings are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamacffi.server.settings import ModelSettings, ServerSettings
from llamacffi.server.settings.flag import Settings
from llamacffi.server.settings.table import rows

PAGE = Path(__file__).parents[2].joinpath("docs", "server.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("kind", [ModelSettings, ServerSettings])
def test_every_setting_is_in_the_manual(kind: type[Settings]) -> None:
    lines = rows(kind)
    assert len(lines) > 20
    missing = [line for line in lines if line not in PAGE]
    assert not missing, "python -m llamacffi.server.settings.table prints them"
