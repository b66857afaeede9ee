"""The file of a conversation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamacffi.chat.media import portable
from llamacffi.chat.template import check_messages
from llamacffi.core.files import replaced
from llamacffi.errors import StateError, TemplateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Saved"]

_FORMAT = "llamacffi chat session 1"


@dataclass(frozen=True)
class Saved:
    """What is written of a session; its generator's state has a file beside it."""

    messages: list[dict[str, Any]]
    dropped: int
    """How many messages after the system's no longer fit."""
    has_state: bool

    @classmethod
    def of(cls, messages: Sequence[Any], dropped: int, *, has_state: bool) -> Saved:
        """Raises StateError for messages that JSON cannot hold."""
        try:
            messages = portable(messages)
            json.dumps(messages, ensure_ascii=False).encode()
            check_messages(messages)
        except (TypeError, ValueError, RecursionError) as error:
            message = f"the messages cannot be saved: {error}"
            raise StateError(message) from error
        return cls(list(messages), dropped, has_state)

    @staticmethod
    def state_path(path: Path) -> Path:
        """Where the generator's state is."""
        return path.with_name(path.name + ".state")

    def write(self, path: Path) -> None:
        """Write the file whole, or leave what was there."""
        state = self.state_path(path).name if self.has_state else None
        data = {"format": _FORMAT, "messages": self.messages, "dropped": self.dropped, "state": state}
        with replaced(path) as temporary:
            temporary.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Saved:
        """Raises OSError, and StateError for a file that is no session."""
        try:
            data = json.loads(path.read_text("utf-8"))
            known = data["format"] == _FORMAT
            messages, dropped = data["messages"], data.get("dropped", 0)
            check_messages(messages)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, TemplateError) as error:
            message = f"{str(path)!r} is not a saved session: {error}"
            raise StateError(message) from error
        if not known:
            message = f"{str(path)!r} is not a session that this version can read"
            raise StateError(message)
        if not isinstance(dropped, int) or not 0 <= dropped <= len(messages):
            message = f"{str(path)!r} leaves out {dropped!r} of {len(messages)} messages; it is damaged"
            raise StateError(message)
        return cls(messages, dropped, bool(data.get("state")))
