"""`python -m llamacffi.server`."""

from __future__ import annotations

from llamacffi.server.serving import main

main()
