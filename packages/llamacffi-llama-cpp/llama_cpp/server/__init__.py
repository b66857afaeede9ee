"""The server's settings."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.server.settings import ModelSettings as ModelSettings
    from llamacffi.server.settings import ServerSettings as ServerSettings

__getattr__, __dir__ = fill(__name__)
