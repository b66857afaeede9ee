"""The process of one model: `python -m llamacffi.server.model_process`, told what to do by whoever starts it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import TextIO

from llamacffi.server.app import create_app
from llamacffi.server.logs import set_up_logs
from llamacffi.server.models.load import memory_needed
from llamacffi.server.serving import run
from llamacffi.server.settings import ServerSettings

__all__ = ["main"]


def main() -> None:
    """Say where the model answers, and serve it until the one who started this is gone."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else writes there would be taken for what is said here
    told = json.loads(sys.stdin.readline())
    settings = ServerSettings.model_validate(told["settings"])
    set_up_logs(settings.log_level, settings.log_format)
    if told.get("measures"):
        _say(out, bytes=memory_needed(settings.models[0]))
        return
    threading.Thread(target=_end_with_parent, name="llamacffi-parent", daemon=True).start()
    app = create_app(settings, parent=told["secret"])
    run(app, settings, ready=lambda address: _say(out, address=address))


def _say(out: TextIO, **said: object) -> None:
    out.write(json.dumps(said) + "\n")
    out.flush()


def _end_with_parent() -> None:
    while sys.stdin.readline():
        pass
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
