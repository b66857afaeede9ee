"""Why a schema is refused."""

from __future__ import annotations

from llamacffi.errors import GrammarError

__all__ = ["Unsupported", "invalid", "unsupported"]


class Unsupported(GrammarError):  # noqa: N818 - says what the schema is
    """The schema is good, but llama.cpp's grammars cannot honour the keyword at `path`."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message, path)
        self.path = path

    def __str__(self) -> str:
        return str(self.args[0])


def unsupported(path: str, keyword: str, why: str) -> Unsupported:
    """An error that names the keyword and where it is."""
    where = f"{path[:200]}/{keyword}"
    return Unsupported(f"the schema's {keyword!r} at {where} cannot be honoured: {why}", where)


def invalid(path: str, why: str) -> GrammarError:
    """An error of the schema itself."""
    return GrammarError(f"the schema at {path[:200]} is not valid: {why}")
