"""The server's application."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.server.app import create_app as create_app

__getattr__, __dir__ = fill(__name__)
