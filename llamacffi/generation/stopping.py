"""Stop strings in a stream of text."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["StopStrings"]


@dataclass(slots=True)
class _State:
    """What has been read lately is the beginning of a stop string."""

    depth: int = 0
    stop: str | None = None
    following: dict[str, _State] = field(default_factory=dict)
    # The longest shorter suffix of what was read that is itself the beginning of a stop string.
    fallback: _State | None = None


class StopStrings:
    """Finds the first stop string to be completed in a text that comes piece by piece.

    Each character is looked at once (Aho and Corasick 1975), and text is held back only while it may be the beginning
    of a stop string. The result does not hang on where the pieces are cut; of two stop strings that end together the
    longer counts.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._root = _automaton(stops)
        self._state = self._root
        self._held = ""

    def push(self, text: str) -> tuple[str, str | None]:
        """Return the text that is sure not to be part of a stop string, and the stop string when one is complete.

        The text before a stop string is returned, the rest of `text` dropped: do not push any more then.
        """
        state, root = self._state, self._root
        for i, character in enumerate(text, start=1):
            while (following := state.following.get(character)) is None and state.fallback is not None:
                state = state.fallback
            state = following or root
            if state.stop is not None:
                whole = self._held + text[:i]
                self._state, self._held = root, ""
                return whole[: len(whole) - len(state.stop)], state.stop
        self._state = state
        whole = self._held + text
        sure = len(whole) - state.depth
        self._held = whole[sure:]
        return whole[:sure], None

    def flush(self) -> str:
        """The text held back, which turned out not to be a stop string."""
        held, self._held, self._state = self._held, "", self._root
        return held


def _automaton(stops: Sequence[str]) -> _State:
    root = _State()
    for stop in stops:
        state = root
        for character in stop:
            state = state.following.setdefault(character, _State(state.depth + 1))
        state.stop = stop
    # Breadth first: a fallback is shallower than its state, and so is complete before it is needed.
    queue = deque([root])
    while queue:
        state = queue.popleft()
        for character, following in state.following.items():
            fallback = state.fallback
            while fallback is not None and character not in fallback.following:
                fallback = fallback.fallback
            following.fallback = root if fallback is None else fallback.following[character]
            following.stop = following.stop or following.fallback.stop
            queue.append(following)
    return root
