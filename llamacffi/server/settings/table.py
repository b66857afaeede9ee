"""The settings as a table for the manual: `python -m llamacffi.server.settings.table`."""

from __future__ import annotations

import sys

from llamacffi.server.settings.flag import Settings, flag_of
from llamacffi.server.settings.model import ModelSettings
from llamacffi.server.settings.server import ServerSettings

__all__ = ["rows"]


def rows(kind: type[Settings]) -> list[str]:
    """A line of Markdown for each setting: its name, other spellings, default, and what it is."""
    lines = ["| Setting | Other spellings | Default | |", "|---|---|---|---|"]
    for name, field in kind.model_fields.items():
        if name == "models":
            continue
        flag = flag_of(field)
        others = [*flag.spellings, *(one for one in (flag.on, flag.off) if one), *flag.variables]
        default = "" if field.is_required() or field.default in (None, "", ()) else f"`{field.default}`"
        text = " ".join((field.description or "").split())
        lines.append(f"| `{name}` | {', '.join(f'`{one}`' for one in others)} | {default} | {text} |")
    return lines


if __name__ == "__main__":
    for one in (ModelSettings, ServerSettings):
        sys.stdout.write("\n".join(rows(one)) + "\n\n")
