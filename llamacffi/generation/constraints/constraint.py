"""What may be generated: grammars, schemas, patterns and choices behind one protocol."""

from __future__ import annotations

import collections.abc
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from llamacffi._native.convert import text
from llamacffi.core.sampling import Grammar, LazyGrammar, Stage
from llamacffi.errors import GrammarError
from llamacffi.generation.constraints.refusal import Unsupported
from llamacffi.generation.constraints.regex import check_search, gbnf_literal, gbnf_regex
from llamacffi.generation.constraints.schema import gbnf_schema
from llamacffi.generation.constraints.structured import guided, has_llguidance, json_grammar, regex_grammar
from llamacffi.generation.constraints.types import is_type, parsed_as, schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llamacffi.core.vocab import Vocab

__all__ = ["GBNF", "After", "Choices", "Constraint", "JSONSchema", "Regex", "response_format"]

_MAX_CHOICES = 1000
_SPECIAL = frozenset({"control", "user_defined"})  # a text that is always this one token


@runtime_checkable
class Constraint(Protocol):
    """A language that the model is held to.

    The stage that holds it comes first in the sampler chain; a stage that is a `Grammar` is asked about the chosen
    token first, and about the whole vocabulary only when it refuses that.
    """

    def stage(self, vocab: Vocab) -> Stage:
        """The stage of a sampler chain that forbids what does not belong. Raises GrammarError."""

    def parse(self, text: str) -> Any:
        """What a whole text of the language stands for. Raises GrammarError for a text that is cut off."""


class _Grammatical:
    """A constraint that is a grammar in GBNF: `gbnf` with the symbol `root` to begin with."""

    gbnf: str
    root: str = "root"
    guidance: str | None = None
    """llguidance's grammar, where llama.cpp's cannot express the constraint."""

    def stage(self, vocab: Vocab) -> Stage:
        if self.guidance is not None:
            return guided(self.guidance)
        return Grammar(self.gbnf, self.root, vocab=vocab)

    def parse(self, text: str) -> Any:
        return text


@dataclass(frozen=True)
class GBNF(_Grammatical):
    """The language of a grammar in llama.cpp's notation; `root` is the symbol to begin with."""

    gbnf: str
    root: str = "root"

    def __post_init__(self) -> None:
        Grammar(self.gbnf, self.root)


@dataclass(frozen=True)
class Choices(_Grammatical):
    """One of these texts, and nothing else."""

    options: Sequence[str]

    def __post_init__(self) -> None:
        options: object = self.options
        if not isinstance(options, collections.abc.Collection) or isinstance(options, (str, bytes)):
            message = f"choices is {options!r:.80}, but must be a list of texts"
            raise TypeError(message)
        if not 0 < len(self.options) <= _MAX_CHOICES:
            message = f"there are {len(self.options)} choices, but there must be from 1 to {_MAX_CHOICES}"
            raise GrammarError(message)
        object.__setattr__(self, "options", tuple(text("a choice", option, GrammarError) for option in self.options))
        object.__setattr__(self, "gbnf", "root ::= " + " | ".join(map(gbnf_literal, self.options)))


@dataclass(frozen=True)
class Regex(_Grammatical):
    """A text that a regular expression of Python's matches from its beginning to its end.

    `engine="llguidance"` takes the syntax of Rust's regex.
    """

    pattern: str
    engine: Literal["gbnf", "llguidance"] = "gbnf"

    def __post_init__(self) -> None:
        text("the pattern", self.pattern, GrammarError)
        _check_engine(self.engine, "gbnf", "llguidance")
        if self.engine == "llguidance":
            object.__setattr__(self, "guidance", regex_grammar(self.pattern))
        else:
            object.__setattr__(self, "gbnf", f"root ::= {gbnf_regex(self.pattern)}")

    def parse(self, text: str) -> re.Match[str] | str:
        """The match, or the text when the syntax is not Python's. Raises GrammarError when the text was cut off."""
        if self.guidance is not None:
            return text
        match = re.fullmatch(self.pattern, text)
        if match is None:
            raise _cut_off(text, f"a match of {self.pattern!r}")
        return match


@dataclass(frozen=True)
class JSONSchema(_Grammatical):
    """The JSON that is valid by a schema: a dict of JSON Schema, a pydantic model, a dataclass, or another type.

    What llama.cpp's grammars cannot honour, llguidance does, when it is installed; `engine` asks for one of them.
    Raises GrammarError, when it is made, for a schema that is not valid or that the grammar cannot honour, with the
    keyword and where it is.
    """

    schema: Any
    engine: Literal["auto", "gbnf", "llguidance"] = "auto"
    document: Mapping[str, Any] | bool = field(init=False, repr=False, compare=False)
    """The schema in JSON."""
    gbnf: str = field(init=False, default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.schema, (str, bytes)):
            message = "the schema is a text; pass json.loads(schema), a model or a type"
            raise TypeError(message)
        _check_engine(self.engine, "auto", "gbnf", "llguidance")
        object.__setattr__(self, "document", schema_of(self.schema) if is_type(self.schema) else self.schema)
        try:
            gbnf = gbnf_schema(self.document)
        except Unsupported as error:
            if self.engine == "gbnf":
                raise
            if not has_llguidance():
                message = f'{error}; with pip install "llamacffi[structured]" it is tried with llguidance'
                raise GrammarError(message) from error
            object.__setattr__(self, "guidance", _guidance(self.document, error))
        else:
            if self.engine == "llguidance":
                object.__setattr__(self, "guidance", json_grammar(json.dumps(self.document)))
            object.__setattr__(self, "gbnf", gbnf)

    def parse(self, text: str) -> Any:
        """The value, or the object of the model or type. Raises GrammarError when the text was cut off."""
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            raise _cut_off(text, "JSON") from error
        return parsed_as(self.schema, text) if is_type(self.schema) else json.loads(text)


@dataclass(frozen=True)
class After:
    """Free text up to `trigger`, and from there on what `constraint` allows: `After("</think>", JSONSchema(Model))`.

    The trigger is a text, which may be that of a special token, or a compiled pattern. White space may stand behind
    it. Nothing holds the model to say the trigger at all. A pattern may have three parts of any length, without
    alternatives in them: more is a GrammarError, because to look for it could take for ever.
    """

    trigger: str | re.Pattern[str]
    constraint: GBNF | Choices | Regex | JSONSchema

    def __post_init__(self) -> None:
        trigger: object = self.trigger
        if isinstance(trigger, re.Pattern):
            text("the pattern of the trigger", trigger.pattern)
        else:
            text("the trigger", trigger)
        pattern = self._pattern
        if pattern.match(""):
            message = f"the trigger {self.trigger!r} is there from the beginning; use the constraint itself"
            raise ValueError(message)
        inner: object = self.constraint
        if not isinstance(inner, _Grammatical) or inner.guidance is not None:
            message = f"After() takes a constraint that is a grammar of llama.cpp's, not {inner!r:.80}"
            raise TypeError(message)
        self._rule()
        if not isinstance(self.trigger, str):
            check_search(self.trigger.pattern)

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.trigger)) if isinstance(self.trigger, str) else self.trigger

    def _rule(self) -> str:
        return gbnf_literal(self.trigger) if isinstance(self.trigger, str) else f"({gbnf_regex(self.trigger.pattern)})"

    def stage(self, vocab: Vocab) -> Stage:
        """A lazy grammar, which begins with the trigger."""
        inner = self.constraint
        root = next(name for name in (f"after{'-' * i}trigger" for i in range(100)) if name not in inner.gbnf)
        gbnf = f"{inner.gbnf}\n{root} ::= {self._rule()} [ \\t\\r\\n]{{0,8}} {inner.root}\n"
        if not isinstance(self.trigger, str):
            return LazyGrammar(gbnf, root, vocab=vocab, trigger_patterns=[f"({self.trigger.pattern})"])
        tokens = vocab.tokenize(self.trigger, add_special=False, parse_special=True)
        if len(tokens) == 1 and not _SPECIAL.isdisjoint(vocab.attributes(tokens[0])):
            return LazyGrammar(gbnf, root, vocab=vocab, trigger_tokens=tokens)
        return LazyGrammar(gbnf, root, vocab=vocab, trigger_patterns=[f"({_ecmascript(self.trigger)})"])

    def parse(self, text: str) -> Any:
        """What stands after the trigger."""
        match = self._pattern.search(text)
        if match is None:
            raise _cut_off(text, f"text with {self.trigger!r}")
        return self.constraint.parse(text[match.end() :].lstrip(" \t\r\n"))


def response_format(form: Mapping[str, Any]) -> Constraint | None:
    """The constraint that a `response_format` of OpenAI's API asks for; None for text.

    {"type": "json_object"} is any object, {"type": "json_schema", "json_schema": {"schema": …}} a schema. Raises
    GrammarError for another type, and what JSONSchema raises.
    """
    kind = form.get("type") if isinstance(form, dict) else None
    if kind == "text":
        return None
    if kind == "json_object":
        return JSONSchema(form.get("schema", {"type": "object"}))
    if kind == "json_schema":
        described = form.get("json_schema")
        if isinstance(described, dict) and "schema" in described:
            return JSONSchema(described["schema"])
        message = 'a response_format of type "json_schema" needs {"json_schema": {"name": …, "schema": …}}'
        raise GrammarError(message)
    message = f"response_format is {form!r}; its type must be text, json_object or json_schema"
    raise GrammarError(message)


def _guidance(document: Any, refusal: Unsupported) -> str:
    try:
        return json_grammar(json.dumps(document))
    except GrammarError as error:
        message = f"{refusal}; and {error}"
        raise GrammarError(message) from error


def _check_engine(engine: object, *engines: str) -> None:
    if not isinstance(engine, str) or engine not in engines:
        message = f"engine must be {' or '.join(map(repr, engines))}, not {engine!r}"
        raise ValueError(message)


def _ecmascript(text: str) -> str:
    """A pattern of std::regex for exactly this text."""
    return re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", text)


def _cut_off(text: str, what: str) -> GrammarError:
    shown = text if len(text) <= 80 else f"…{text[-79:]}"
    return GrammarError(f"the text ended before it was {what}: {shown!r}; give it more room (max_tokens)")
