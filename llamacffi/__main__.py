"""`python -m llamacffi` is the command `llamacffi`."""

from __future__ import annotations

from llamacffi.cli import main

if __name__ == "__main__":
    main()
