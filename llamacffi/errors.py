"""Every exception that llamacffi raises on its own account.

Each class also derives from the builtin that a careful caller would have caught anyway, so that `except OSError` around
a load and `except ValueError` around a bad argument keep working.
"""

from __future__ import annotations

__all__ = [
    "BackendError",
    "BuildError",
    "ClosedError",
    "ContextError",
    "ContextOverflow",
    "DecodeAborted",
    "DecodeError",
    "GrammarError",
    "InvalidBatch",
    "LlamaError",
    "MediaError",
    "ModelLoadError",
    "NativeError",
    "NoMemorySlot",
    "QueueFull",
    "StateError",
    "TemplateError",
    "TokenizeError",
]


class LlamaError(Exception):
    """The root of llamacffi's exceptions."""


class NativeError(LlamaError, RuntimeError):
    """An assertion failed or a C++ exception was thrown inside llama.cpp.

    The object that the call was about may be in any state: it is marked broken, and only `close()` works on it.
    """

    marked = False
    """Whether that has been done, so that the objects around the call stay whole."""


class BuildError(LlamaError, ImportError):
    """The compiled module is missing, or was not built for this package."""


class BackendError(LlamaError, RuntimeError):
    """A ggml backend could not be loaded, or a function of one that is not installed was called."""


class ModelLoadError(LlamaError, OSError):
    """A model file could not be loaded.

    `path` is the file, `reason` what was wrong with it.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot load {self.path!r}: {self.reason}"


class ContextError(LlamaError, RuntimeError):
    """A context could not be created, or was asked for what it does not hold."""


class DecodeError(LlamaError, RuntimeError):
    """A batch was not decoded.

    `status` is what llama_decode or llama_encode returned.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, status)
        self.status = status

    def __str__(self) -> str:
        return str(self.args[0])


class NoMemorySlot(DecodeError):  # noqa: N818 - llama.cpp's own words for this status
    """The context's memory has no room for the batch (status 1); nothing was decoded."""


class DecodeAborted(DecodeError):  # noqa: N818 - llama.cpp's own words for this status
    """`abort()` or an interrupt stopped the decode (status 2); what was decoded before it stays in memory."""


class InvalidBatch(DecodeError, ValueError):  # noqa: N818 - a batch is invalid, it is not an error
    """llama.cpp would refuse the batch (status -1); nothing was decoded."""

    def __init__(self, message: str, status: int = -1) -> None:
        super().__init__(message, status)


class StateError(LlamaError, ValueError):
    """A saved state is damaged, or belongs to another model or another kind of context."""


class TokenizeError(LlamaError, ValueError):
    """A text cannot be turned into tokens."""


class GrammarError(LlamaError, ValueError):
    """A grammar does not parse, or forbids the token it was given."""


class TemplateError(LlamaError, ValueError):
    """A chat template does not parse, or refuses the messages it was given."""


class MediaError(LlamaError, ValueError):
    """A picture or a sound cannot be read, is beyond the limits, or is not what the model takes."""


class ContextOverflow(LlamaError, ValueError):  # noqa: N818 - names the event, as Python's own OverflowError would
    """The tokens do not fit in the context."""


class QueueFull(LlamaError, RuntimeError):  # noqa: N818 - as the standard library names it
    """An engine holds as many requests as it was allowed to; ask again when some are answered."""


class ClosedError(LlamaError, ValueError):
    """The object was closed before."""
