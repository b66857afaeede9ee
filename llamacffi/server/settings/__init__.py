"""What a server is told before it starts: flags, variables and a file, as one object."""

from __future__ import annotations

from llamacffi.server.settings.model import ModelSettings
from llamacffi.server.settings.read import read_settings
from llamacffi.server.settings.server import ServerSettings

__all__ = ["ModelSettings", "ServerSettings", "read_settings"]
