"""The manual's tables of settings are those of the code."""

from __future__ import annotations

from pathlib import Path

from llamacffi.server.settings.table import TABLES, rows, with_tables

PAGE = Path(__file__).parents[2].joinpath("docs", "server.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_manual() -> None:
    assert with_tables(PAGE) == PAGE, "python -m llamacffi.server.settings.table docs/server.md writes them"
    assert all(line in PAGE.splitlines() for kind in TABLES.values() for line in rows(kind))
    assert sum(map(len, map(rows, TABLES.values()))) > 100
