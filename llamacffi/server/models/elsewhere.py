"""A request that another process answers."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.server.models.child import Child

__all__ = ["Elsewhere"]


class Elsewhere(Exception):  # noqa: N818 - nothing is wrong: it says who answers
    """Raised by a route whose answer one of these processes has."""

    def __init__(self, children: Sequence[Child], stack: AsyncExitStack | None = None) -> None:
        super().__init__("the answer is another process's")
        self.children = children
        self.stack = AsyncExitStack() if stack is None else stack
        """What is to be closed after the answer."""
