"""A request's life, readable."""

from __future__ import annotations

__all__ = ["Trace"]


class Trace(list[tuple[str, float]]):
    """What happened to a request and when, in seconds since it was submitted; `print` shows it line by line."""

    def __str__(self) -> str:
        lines, before = [], 0.0
        for event, seconds in self:
            lines.append(f"{seconds:9.3f} s  +{seconds - before:.3f}  {event}")
            before = seconds
        return "\n".join(lines)
