"""Chat formats and chat handlers by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from llamacffi.llama.formats.handlers import chat_formatter_to_chat_completion_handler

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from llamacffi.llama.formats.protocols import ChatFormatter, LlamaChatCompletionHandler

    Handler = TypeVar("Handler", bound=LlamaChatCompletionHandler)
    Formatter = TypeVar("Formatter", bound=ChatFormatter)

__all__ = [
    "LlamaChatCompletionHandlerNotFoundException",
    "LlamaChatCompletionHandlerRegistry",
    "chat_format_names",
    "get_chat_completion_handler",
    "register_chat_completion_handler",
    "register_chat_format",
]


class LlamaChatCompletionHandlerNotFoundException(ValueError):  # noqa: N818 - the name that others catch
    """There is no chat format of that name."""


class LlamaChatCompletionHandlerRegistry:
    """The one place where handlers have names."""

    _instance: ClassVar[LlamaChatCompletionHandlerRegistry | None] = None
    _chat_handlers: ClassVar[dict[str, LlamaChatCompletionHandler]] = {}

    def __new__(cls) -> Self:
        """The one that there is."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance  # type: ignore[return-value]  # of this class, which nobody extends

    def register_chat_completion_handler(
        self,
        name: str,
        chat_handler: LlamaChatCompletionHandler,
        overwrite: bool = False,  # noqa: FBT001, FBT002 - as others call it
    ) -> None:
        """Give a handler a name. Raises ValueError for one that is taken, unless it is to be replaced."""
        if not overwrite and name in self._chat_handlers:
            message = f"there is a chat format named {name!r} already; pass overwrite=True to replace it"
            raise ValueError(message)
        self._chat_handlers[name] = chat_handler

    def unregister_chat_handler(self, name: str) -> None:
        """Forget a name. Raises ValueError when there is none such."""
        if name not in self._chat_handlers:
            message = f"there is no chat format named {name!r}"
            raise ValueError(message)
        del self._chat_handlers[name]

    def names(self) -> list[str]:
        """All names, in the order in which they were given."""
        return list(self._chat_handlers)

    def get_chat_completion_handler_by_name(self, name: str) -> LlamaChatCompletionHandler:
        """The handler of that name. Raises LlamaChatCompletionHandlerNotFoundException, which lists the names."""
        handler = self._chat_handlers.get(name)
        if handler is None:
            message = f"there is no chat format named {name!r}; there are {', '.join(self._chat_handlers)}"
            raise LlamaChatCompletionHandlerNotFoundException(message)
        return handler


def chat_format_names() -> list[str]:
    """The names that `Llama(chat_format=name)` knows for every model."""
    return LlamaChatCompletionHandlerRegistry().names()


def get_chat_completion_handler(name: str) -> LlamaChatCompletionHandler:
    """The handler of that name. Raises LlamaChatCompletionHandlerNotFoundException."""
    return LlamaChatCompletionHandlerRegistry().get_chat_completion_handler_by_name(name)


def register_chat_completion_handler(name: str) -> Callable[[Handler], Handler]:
    """A decorator that gives a handler a name: `Llama(chat_format=name)` uses it."""

    def decorate(handler: Handler) -> Handler:
        LlamaChatCompletionHandlerRegistry().register_chat_completion_handler(name, handler)
        return handler

    return decorate


def register_chat_format(name: str) -> Callable[[Formatter], Formatter]:
    """A decorator that gives a format a name: a function that makes a ChatFormatterResponse of `messages`."""

    def decorate(formatter: Formatter) -> Formatter:
        handler = chat_formatter_to_chat_completion_handler(formatter)
        LlamaChatCompletionHandlerRegistry().register_chat_completion_handler(name, handler)
        return formatter

    return decorate
