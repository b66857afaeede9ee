"""Where templates run: jinja2 as Hugging Face's models know it, unable to touch anything or to go on for ever.

A model file brings its template along, so a template is what a stranger wrote. jinja2's sandbox keeps it from the
interpreter; here it is also kept from taking more than so much time and so much text.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache, wraps
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

import jinja2
import jinja2.ext
import jinja2.meta
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2.nodes import Node
    from jinja2.parser import Parser
    from jinja2.runtime import Context

__all__ = ["Sandbox", "limits", "sandbox"]

SECONDS = 5.0
"""How long a rendering may take."""
N_CHARS = 128 * 2**20
"""How many characters it may make in all, in every variable and intermediate; more for long messages."""
N_CHARS_PER_INPUT = 64

_MAX_REPEAT = 10**7  # what a template may count to in one expression
_MAX_BITS = 4096  # of a whole number

# What turns its argument into text, whatever it is: cheap to ask for, and dear where lists hold lists hold lists.
_TEXT_FILTERS = {
    "e",
    "escape",
    "forceescape",
    "format",
    "join",
    "pprint",
    "replace",
    "safe",
    "string",
    "tojson",
    "urlencode",
    "urlize",
    "xmlattr",
}
_WIDTHS = re.compile(r"%[^a-zA-Z%]*(\d{5}|\*)|\{[^{}]*\d{5}")  # "%99999d", "%*d", "{:>99999}"


class TooMuchError(Exception):
    """The template takes more than it may."""


class _Budget(threading.local):
    """What the rendering that runs on this thread has left."""

    end: float | None = None
    n_chars = 0


_left = _Budget()


@contextmanager
def limits(n_input: int = 0) -> Iterator[None]:
    """Hold what is rendered inside to the limits; `n_input` is how many characters the messages have."""
    before = _left.end, _left.n_chars
    _left.end, _left.n_chars = monotonic() + SECONDS, N_CHARS + N_CHARS_PER_INPUT * n_input
    try:
        yield
    finally:
        _left.end, _left.n_chars = before


def _spend(n_chars: int) -> None:
    _step()
    if _left.end is not None:
        _left.n_chars -= n_chars
    if n_chars > N_CHARS or _left.n_chars < 0:
        message = f"it makes more than {N_CHARS:,} characters of text"
        raise TooMuchError(message)


def _step(*_: object) -> str:
    if _left.end is not None and monotonic() > _left.end:
        message = f"it takes longer than {SECONDS:g} s"
        raise TooMuchError(message)
    return ""


def _weight(value: object, depth: int = 0) -> int:
    """About how many characters `value` has as text; spends as it goes, since lists may hold one another many times."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, (Mapping, list, tuple, set)):
        if depth > 200:
            message = "a value is nested more than 200 levels deep"
            raise TooMuchError(message)
        _spend(1)
        items = value.items() if isinstance(value, Mapping) else value
        total = 2 * len(value) + sum(_weight(item, depth + 1) for item in items)
        _spend(0)
        if total > N_CHARS:
            _spend(total)
        return total
    return 1


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment that Hugging Face's `apply_chat_template` gives to templates, with limits."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[_Generation, jinja2.ext.loopcontrols],
            finalize=_finalized,
        )
        self.filters = {name: _limited(name, function) for name, function in self.filters.items()}
        self.filters["tojson"] = _limited("tojson", _tojson)
        # Nothing is escaped here, but jinja2's Markup would escape what is added to it.
        self.filters["safe"] = _limited("safe", str)
        self.globals["raise_exception"] = _raise_exception
        self.globals["strftime_now"] = _strftime_now
        self.globals.pop("lipsum")

    step = staticmethod(_step)

    def compiled(self, source: str) -> jinja2.Template:
        """Compile, with a look at the limits in every loop, macro and concatenation."""
        tree = _Watch().visit(self.parse(source))
        return self.template_class.from_code(self, self.compile(tree), self.make_globals(None), None)

    def undeclared(self, source: str) -> frozenset[str]:
        """The variables that a template which compiles takes from outside."""
        return frozenset(jinja2.meta.find_undeclared_variables(self.parse(source)))

    @staticmethod
    def concat(pieces: Iterable[str]) -> str:
        """Join what a block, a macro or the template wrote."""
        parts, n = [], 0
        for piece in pieces:
            parts.append(piece)
            n += len(piece)
            if n > N_CHARS:
                break
        _spend(n)
        return "".join(parts)

    @staticmethod
    def joined(*parts: object) -> str:
        """What `a ~ b` means."""
        _spend(sum(map(_weight, parts)))
        return "".join(map(str, parts))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`*`, `**`, `+` and `%`, unless the result would be vast."""
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if operator == "**":
            if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > _MAX_BITS:
                raise TooMuchError(f"it asks for {_shown(left)} ** {_shown(right)}")
        elif operator == "*":
            if isinstance(left, int) and isinstance(right, int):
                if left.bit_length() + right.bit_length() > _MAX_BITS:
                    raise TooMuchError("it multiplies numbers to more than a thousand digits")
            elif not numbers:
                times, what = (left, right) if isinstance(left, int) else (right, left)
                if isinstance(times, int) and hasattr(what, "__len__"):
                    _spend(max(times, 0) * len(what))
        elif operator == "%" and isinstance(left, str):
            _check_widths(left)
            _spend(len(left) + _weight(right) * max(1, left.count("%")))
        elif not numbers and hasattr(left, "__len__"):
            _spend(len(left) + (len(right) if hasattr(right, "__len__") else 0))
        return super().call_binop(context, operator, left, right)

    def call(  # noqa: D102 - jinja2's, with checks
        self,
        context: Context,
        function: Any,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        _step()
        method = getattr(function, "__wrapped__", function)  # jinja2 has a wrapper around str.format
        owner = getattr(method, "__self__", None)
        if isinstance(owner, str):
            _check_method(getattr(method, "__name__", ""), owner, args, kwargs)
        return super().call(context, function, *args, **kwargs)


class _Watch(NodeTransformer):
    """Puts calls to the sandbox into what may repeat or grow."""

    def _watched(self, node: Any) -> Node:
        self.generic_visit(node)
        call = nodes.Call(nodes.EnvironmentAttribute("step"), [], [], None, None, lineno=node.lineno)
        node.body.insert(0, nodes.ExprStmt(call, lineno=node.lineno))
        return node  # type: ignore[no-any-return]

    visit_For = visit_Macro = visit_CallBlock = _watched  # noqa: N815 - jinja2's names

    def visit_Concat(self, node: nodes.Concat) -> Node:  # noqa: N802 - jinja2's name
        self.generic_visit(node)
        return nodes.Call(nodes.EnvironmentAttribute("joined"), node.nodes, [], None, None, lineno=node.lineno)


class _Generation(jinja2.ext.Extension):
    """`{% generation %}`, which marks what the assistant wrote for training; here it only encloses."""

    tags = {"generation"}  # noqa: RUF012 - jinja2's own way to declare tags

    def parse(self, parser: Parser) -> Node:
        """Take the tag and its end away."""
        lineno = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=lineno)


@cache
def sandbox() -> Sandbox:
    """Return the one environment, which every template and thread may use."""
    return Sandbox()


def _limited(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter: it is a step, and what it multiplies is weighed."""

    @wraps(function)  # which keeps the marks that tell jinja2 what to pass first
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        _step()
        values = [arg for arg in args if not isinstance(arg, (jinja2.Environment, nodes.EvalContext))]
        values = [value for value in values if not isinstance(value, jinja2.runtime.Context)]
        for value in (*values[1:], *kwargs.values()):
            if isinstance(value, int) and abs(value) > _MAX_REPEAT:
                raise TooMuchError(f"the filter {name} is given the number {_shown(value)}")
        if values and name in _TEXT_FILTERS:
            weights = sum(map(_weight, (*values, *kwargs.values())))
            _spend(weights)
        if values and isinstance(values[0], str):
            _check_method(name, values[0], tuple(values[1:]), kwargs)
        elif name == "join" and values and hasattr(values[0], "__len__"):
            _spend(len(values[0]) * sum(map(_weight, (*values[1:], *kwargs.values()))))
        return function(*args, **kwargs)

    return wrapped


def _check_method(name: str, text: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse what would make a short text a vast one: the methods of str and the filters of their names."""
    values = (*args, *kwargs.values())
    numbers = [value for value in values if isinstance(value, int)]
    texts = [value for value in values if isinstance(value, str)]
    if name == "replace" and len(texts) >= 2:
        _spend(len(text) + (text.count(texts[0]) if texts[0] else len(text) + 1) * len(texts[1]))
    elif name in {"ljust", "rjust", "center", "zfill"}:
        _spend(max([len(text), *numbers]))
    elif name == "expandtabs":
        _spend(len(text) + text.count("\t") * max([8, *numbers]))
    elif name in {"indent", "wordwrap"}:
        width = max([4, *numbers, *map(len, texts)])
        _spend(len(text) + (text.count("\n") + 1 if name == "indent" else len(text)) * width)
    elif name in {"format", "format_map"}:
        _check_widths(text)
        _spend(len(text) + sum(map(_weight, values)) * max(1, text.count("{") + text.count("%")))
    elif name == "join" and args and hasattr(args[0], "__len__"):
        _spend(len(text) * len(args[0]) + _weight(args[0]))


def _check_widths(text: str) -> None:
    if _WIDTHS.search(text):
        raise TooMuchError(f"it formats with the width in {text[:80]!r}")


def _shown(number: int) -> str:
    return f"{number:,}" if abs(number) < 10**15 else "a number of more than 15 digits"


def _finalized(value: object) -> object:
    """What `{{ value }}` writes."""
    if not isinstance(value, (str, int, float)) and value is not None:
        _spend(_weight(value))
    return value


def _tojson(
    value: object,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002 - templates may pass it by place, as with Hugging Face
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002
) -> str:
    """jinja2's own filter escapes HTML and sorts keys, which would change what the model reads."""
    if isinstance(indent, int) and indent > 64:
        raise TooMuchError(f"tojson is to indent by {indent}")
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise_exception(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _strftime_now(form: str) -> str:
    # The local time, as a person would tell it to the model.
    return datetime.now().astimezone().strftime(form)
