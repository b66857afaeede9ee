"""The settings as tables of the manual: `python -m llamacffi.server.settings.table docs/server.md` puts them there."""

from __future__ import annotations

import sys
from pathlib import Path

from llamacffi.server.settings.defaults import RequestDefaults
from llamacffi.server.settings.flag import Settings, flag_of, own_fields
from llamacffi.server.settings.model import ModelSettings
from llamacffi.server.settings.server import ServerSettings

__all__ = ["TABLES", "rows", "with_tables"]

TABLES: dict[str, type[Settings]] = {
    "## Settings of a model": ModelSettings,
    "## Settings of requests": RequestDefaults,
    "## Settings of the server": ServerSettings,
}
"""What is under which heading."""


def rows(kind: type[Settings]) -> list[str]:
    """A line of Markdown for each setting: its name, other spellings, default, and what it is."""
    lines = ["| Setting | Other spellings | Default | |", "|---|---|---|---|"]
    for name, field in own_fields(kind).items():
        flag = flag_of(field)
        others = [*flag.spellings, *(one for one in (flag.on, flag.off) if one), *flag.variables]
        default = "" if field.is_required() or field.default in (None, "", ()) else f"`{field.default}`"
        text = " ".join((field.description or "").split())
        lines.append(f"| `{name}` | {', '.join(f'`{one}`' for one in others)} | {default} | {text} |")
    return lines


def with_tables(page: str) -> str:
    """The page with the tables as they are now; each is what begins with | under its heading."""
    lines, heading = [], ""
    for line in page.splitlines():
        if line.startswith("## "):
            heading = line
        if heading in TABLES and line.startswith("|"):
            if line.startswith("| Setting |"):
                lines += rows(TABLES[heading])
            continue
        lines.append(line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text("utf-8")), "utf-8")
