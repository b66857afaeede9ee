"""Responses that can be asked for again, and gone on from."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ResponseStore", "StoredResponse"]

_MAX_BYTES = 64 * 1024 * 1024
_SECONDS = 3600.0


@dataclass
class StoredResponse:
    """One response, and what led to it."""

    response: dict[str, Any]
    input: Sequence[dict[str, Any]]
    """The items that it was asked with, each with an id."""
    before: Sequence[dict[str, Any]]
    """All items of the responses before it, in their order."""
    owner: str | None
    """Whose it is: nobody else sees it."""
    size: int
    """Bytes of JSON, with what was before it."""
    until: float
    """When it is forgotten, by the store's clock."""

    @property
    def items(self) -> list[dict[str, Any]]:
        """The conversation up to its end."""
        return [*self.before, *self.input, *self.response["output"]]


class ResponseStore:
    """Keeps responses in memory for a time, the last used ones as far as there is room.

    `seconds` is how long one is kept after it was last used, `max_bytes` how much JSON there may be of all together;
    what was before a response counts with it, since it lives as long.
    """

    def __init__(
        self,
        *,
        seconds: float = _SECONDS,
        max_bytes: int = _MAX_BYTES,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._seconds, self._max_bytes, self._clock = seconds, max_bytes, clock
        self._stored: OrderedDict[str, StoredResponse] = OrderedDict()  # the one used last is last
        self.n_bytes = 0

    def __len__(self) -> int:
        self._forget_old()
        return len(self._stored)

    def put(
        self,
        response: dict[str, Any],
        items: Sequence[dict[str, Any]],
        *,
        after: StoredResponse | None,
        owner: str | None,
        size: int,
    ) -> None:
        """Keep a response that was asked with `items` after another one; `size` is how much JSON both are, in bytes."""
        before = [] if after is None else after.items
        size += 0 if after is None else after.size
        until = self._clock() + self._seconds
        self._stored[response["id"]] = StoredResponse(response, items, before, owner, size, until)
        self.n_bytes += size
        self._forget_old()
        while self.n_bytes > self._max_bytes and self._stored:
            self._forget(next(iter(self._stored)))

    def get(self, name: str, owner: str | None) -> StoredResponse | None:
        """The response of that id; None when there is none, or it is somebody else's."""
        self._forget_old()
        found = self._stored.get(name)
        if found is None or found.owner != owner:
            return None
        found.until = self._clock() + self._seconds
        self._stored.move_to_end(name)
        return found

    def item(self, name: str, owner: str | None) -> dict[str, Any] | None:
        """The item of that id in any of the owner's responses."""
        self._forget_old()
        for stored in reversed(self._stored.values()):
            if stored.owner == owner:
                for item in stored.items:
                    if item.get("id") == name:
                        return item
        return None

    def delete(self, name: str, owner: str | None) -> bool:
        """Forget a response; False when there is none of that id."""
        if self.get(name, owner) is None:
            return False
        self._forget(name)
        return True

    def _forget_old(self) -> None:
        now = self._clock()
        while self._stored:
            name, oldest = next(iter(self._stored.items()))
            if oldest.until > now:
                return
            self._forget(name)

    def _forget(self, name: str) -> None:
        self.n_bytes -= self._stored.pop(name).size
