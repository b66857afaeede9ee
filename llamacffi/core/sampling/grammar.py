"""Grammars: only tokens that continue a text of a formal language may be chosen."""

from __future__ import annotations

import re
import reprlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from llamacffi._native import Interrupt, ffi, lib
from llamacffi._native.convert import integers, text
from llamacffi.core.sampling.checks import check_texts, needed_vocab
from llamacffi.core.sampling.stages import Stage
from llamacffi.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.vocab import Vocab

__all__ = ["Grammar", "LazyGrammar", "ValidUTF8"]

_short = reprlib.Repr()
_short.maxstring = 80

# Literals, classes of characters and comments.
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|#[^\n]*', re.DOTALL)
_COUNTS = re.compile(_QUOTED.pattern + r"|\{\s*([0-9]+)\s*(?:,\s*([0-9]*)\s*)?\}", re.DOTALL)

_MAX_REPETITIONS = 2000  # llama.cpp's MAX_REPETITION_THRESHOLD
_MAX_BYTES = 4_000_000
_MAX_WRITTEN = 2_000_000  # elements of rules, 8 bytes each: llama.cpp writes repetitions out


@dataclass(frozen=True, repr=False)
class Grammar(Stage):
    """Forbid the tokens that a GBNF grammar does not allow next (llama_sampler_init_grammar).

    `root` is the symbol to begin with. Once the text is complete, the tokens that end a generation are allowed, and
    they alone when nothing can follow. `vocab` may also be given to the chain. Put it first: a stage that drops tokens
    before it may leave none that is allowed.

    Raises GrammarError with llama.cpp's reason when the chain is made and the grammar does not parse.
    """

    gbnf: str
    root: str = "root"
    vocab: Vocab | None = field(default=None, kw_only=True, compare=False)

    lazy: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name in ("gbnf", "root"):
            if not text(name, getattr(self, name), GrammarError).strip():
                message = f"{name} is {_short.repr(getattr(self, name))}, but must be text"
                raise GrammarError(message)
        if len(self.gbnf) > _MAX_BYTES:
            message = f"the grammar has {len(self.gbnf)} characters; at most {_MAX_BYTES} are taken"
            raise GrammarError(message)
        n_written = _n_written(self.gbnf)
        if n_written > _MAX_WRITTEN:
            message = (
                f"the grammar's repetitions take {n_written} elements when they are written out, as llama.cpp does; "
                f"at most {_MAX_WRITTEN} are taken"
            )
            raise GrammarError(message)

    @property
    def n_bytes(self) -> int:
        """The length of the grammar, which bounds the stack that parsing it takes."""
        return len(self.gbnf.encode())

    @property
    def reads_text(self) -> bool:
        """Whether it looks at the tokens' text only; `<[12]>` and `<think>` in it mean tokens."""
        return "<" not in _QUOTED.sub("", self.gbnf)

    def build(self, vocab: Vocab | None) -> Any:
        return self._build(vocab, (), ())

    def _build(self, vocab: Vocab | None, patterns: Sequence[str], tokens: Sequence[int]) -> Any:
        vocab = needed_vocab(self.vocab or vocab, self)
        _watch_signals()
        for token in tokens:
            if token not in vocab:
                message = f"trigger token {token} is not in the vocabulary, which is 0 to {vocab.n_tokens - 1}"
                raise ValueError(message)
        # Read, and copied, before the call returns.
        texts = [ffi.new("char[]", pattern.encode()) for pattern in patterns]
        error = ffi.new("char[]", lib.LCFFI_SAMPLER_ERROR)
        sampler = vocab.model.share(
            lib.lcffi_sampler_grammar,
            vocab.ptr,
            self.gbnf.encode(),
            self.root.encode(),
            self.lazy,
            ffi.new("char *[]", texts),
            len(texts),
            ffi.new("llama_token[]", list(tokens)),
            len(tokens),
            error,
        )
        if not sampler:
            raise GrammarError(self._refusal(ffi.string(error).decode(errors="replace")))
        return sampler

    def _refusal(self, reason: str) -> str:
        reason = reason.partition("\n")[0].removeprefix("parse: error parsing grammar: ")
        # "… at " and the rest of the line that could not be read.
        rest = reason.partition(" at ")[2]
        lines = self.gbnf.splitlines()
        places = [i for i, line in enumerate(lines, 1) if rest and line.endswith(rest)]
        where = f"line {places[0]}: " if len(places) == 1 else ""
        return f"the grammar is refused: {where}{reason or 'llama.cpp gives no reason'}"

    def __repr__(self) -> str:
        root = "" if self.root == "root" else f", root={self.root!r}"
        return f"{type(self).__name__}({_short.repr(self.gbnf)}{root})"


@dataclass(frozen=True, repr=False)
class LazyGrammar(Grammar):
    """A grammar that forbids nothing until a trigger appears (llama_sampler_init_grammar_lazy_patterns).

    The text that it then holds the model to begins with the trigger: with one of `trigger_tokens`, or with the first
    group of one of `trigger_patterns` (the whole match, if there is no group). Patterns are std::regex's ECMAScript
    and are looked for anywhere in what was accepted; one that begins with "^" and ends with "$" must match all of it.
    """

    trigger_patterns: Sequence[str] = field(default=(), kw_only=True)
    trigger_tokens: Sequence[int] = field(default=(), kw_only=True)

    lazy: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_texts("trigger_patterns", self.trigger_patterns)
        object.__setattr__(self, "trigger_patterns", tuple(self.trigger_patterns))
        object.__setattr__(self, "trigger_tokens", tuple(integers("trigger_tokens", self.trigger_tokens)))
        if not self.trigger_patterns and not self.trigger_tokens:
            message = "a lazy grammar needs trigger_patterns or trigger_tokens: without them it never begins"
            raise ValueError(message)

    def build(self, vocab: Vocab | None) -> Any:
        return self._build(vocab, self.trigger_patterns, self.trigger_tokens)

    def _refusal(self, reason: str) -> str:
        prefix = "trigger pattern: "
        if reason.startswith(prefix):
            return f"one of the trigger patterns {self.trigger_patterns!r} is refused: {reason.removeprefix(prefix)}"
        return super()._refusal(reason)

    def __repr__(self) -> str:
        triggers = f"trigger_patterns={self.trigger_patterns!r}, trigger_tokens={self.trigger_tokens!r}"
        return f"{super().__repr__()[:-1]}, {triggers})"


@dataclass(frozen=True)
class ValidUTF8(Stage):
    """Forbid the tokens whose bytes would not go on with the text as valid UTF-8; needs the vocabulary.

    Put it behind a grammar: llama.cpp's take any byte after the first of a character, and so a vocabulary with tokens
    for single bytes can leave the language.
    """

    def build(self, vocab: Vocab | None) -> Any:
        vocab = needed_vocab(vocab, self)
        return vocab.model.share(lib.lcffi_sampler_utf8, vocab.ptr)


def _n_written(gbnf: str) -> int:
    """How many elements llama.cpp writes for what is repeated {m,n} times, as far as its own limits allow."""
    n_written = 0
    before = 1  # characters of the literal or class that was read last; of a group or a rule there is a reference
    end = 0
    for match in _COUNTS.finditer(gbnf):
        if match[1] is None:
            before = len(match[0])
        else:
            if gbnf[end : match.start()].strip():
                before = 1
            n_written += before * min(max(int(match[1][:5]), int((match[2] or "0")[:5])), _MAX_REPETITIONS)
        end = match.end()
    return n_written


@cache
def _watch_signals() -> Interrupt:
    """Let grammars that take long look for Ctrl-C."""
    interrupt = Interrupt()
    lib.lcffi_grammar_poll(lib.cb_lcffi_poll_t, interrupt.c.user_data)
    return interrupt  # C knows its address from now on
