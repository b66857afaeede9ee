"""llguidance as a second source of constraints: what llama.cpp's grammars cannot express, and Lark grammars.

It is the extra `structured`; nothing of it is imported before it is needed.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native.convert import text
from llamacffi.core.sampling import Matching, eog_tokens
from llamacffi.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from llamacffi.core.model import Model
    from llamacffi.core.sampling import Stage
    from llamacffi.core.vocab import Vocab

__all__ = ["Lark", "guided", "has_llguidance", "json_grammar", "lark_grammar", "regex_grammar"]

_MAX_BYTES = 50_000
_MAX_REFS = 200  # each is followed by a call within a call
_STACK = 64 * 1024 * 1024

_MISSING = 'it needs llguidance: pip install "llamacffi[structured]"'
_SPACE = r"[ \t\n]{1,20}"  # as much as llama.cpp's grammars allow: without a limit a model may fill its context with it


def has_llguidance() -> bool:
    """Whether the extra is installed."""
    return find_spec("llguidance") is not None


def json_grammar(schema: str) -> str:
    """Llguidance's grammar for a JSON Schema, a text of JSON. Raises GrammarError for what it cannot honour."""
    if len(schema) > _MAX_BYTES or schema.count('"$ref"') > _MAX_REFS:
        message = f"llguidance is given schemas of at most {_MAX_BYTES} bytes and {_MAX_REFS} references"
        raise GrammarError(message)
    overrides = {"whitespace_flexible": True, "whitespace_pattern": _SPACE, "lenient": False, "coerce_one_of": False}
    try:
        grammar = _llguidance().LLMatcher.grammar_from_json_schema(schema, overrides=overrides)
    except ValueError as error:
        message = f"llguidance refuses the schema: {error}"
        raise GrammarError(message) from error
    return _checked(grammar, "schema")


def regex_grammar(pattern: str) -> str:
    """Llguidance's grammar for a pattern in the syntax of Rust's regex. Raises GrammarError."""
    return _checked(_llguidance().LLMatcher.grammar_from_regex(pattern), "pattern")


def lark_grammar(lark: str) -> str:
    """Llguidance's grammar for one in its dialect of Lark. Raises GrammarError."""
    return _checked(_llguidance().LLMatcher.grammar_from_lark(lark), "Lark grammar")


def guided(grammar: str) -> Stage:
    """The stage that holds a model to one of llguidance's grammars."""
    return Matching(partial(_Matcher.made, grammar))


@dataclass(frozen=True)
class Lark:
    """The language of a Lark grammar, in llguidance's dialect; `start` is the rule to begin with."""

    grammar: str

    def __post_init__(self) -> None:
        lark_grammar(text("the Lark grammar", self.grammar, GrammarError))

    def stage(self, vocab: Vocab) -> Stage:
        """The stage of a sampler chain that forbids what does not belong."""
        return guided(lark_grammar(self.grammar))

    def parse(self, text: str) -> str:
        """The text."""
        return text


class _Matcher:
    """An LLMatcher with the mask as NumPy has it."""

    def __init__(self, matcher: Any, n_tokens: int, eog: frozenset[int]) -> None:
        self._matcher, self._n_tokens, self._eog = matcher, n_tokens, eog
        self._bits = np.zeros((n_tokens + 31) // 32, np.uint32)

    @classmethod
    def made(cls, grammar: str, vocab: Vocab) -> _Matcher:
        matcher = _with_stack(partial(_llguidance().LLMatcher, _tokenizer(vocab), grammar, log_level=0))
        _check(matcher)
        return cls(matcher, vocab.n_tokens, frozenset(eog_tokens(vocab)))

    def allows(self, token: int) -> bool:
        if token in self._eog:
            return bool(self._matcher.is_accepting())
        return bool(self._matcher.validate_tokens([token]) == 1)

    def mask(self) -> NDArray[np.bool_]:
        self._matcher.unsafe_compute_mask_ptr(self._bits.ctypes.data, self._bits.nbytes)
        _check(self._matcher)
        allowed = np.unpackbits(self._bits.view(np.uint8), bitorder="little")[: self._n_tokens].view(np.bool_)
        allowed[list(self._eog)] = self._matcher.is_accepting()
        return allowed

    def accept(self, token: int) -> None:
        if token not in self._eog and not self._matcher.consume_token(token):
            _check(self._matcher)
            message = f"the grammar does not allow the token {token}"
            raise GrammarError(message)

    def reset(self) -> None:
        self._matcher.reset()

    def clone(self) -> _Matcher:
        return type(self)(self._matcher.deep_copy(), self._n_tokens, self._eog)


class _Vocabulary:
    """A vocabulary as llguidance's TokenizerWrapper wants it."""

    def __init__(self, vocab: Vocab) -> None:
        eog = eog_tokens(vocab)
        self.eos_token_id = vocab.eos if vocab.eos is not None else eog[0]
        self.bos_token_id = vocab.bos
        self.tokens = vocab.pieces(range(vocab.n_tokens), special=True)
        # What spells nothing but with `special` is a control token.
        plain = vocab.pieces(range(vocab.n_tokens))
        self.special_token_ids = [i for i, piece in enumerate(plain) if not piece]
        self._tokenize = partial(_tokenized, weakref.ref(vocab.model))

    def __call__(self, text: str | bytes) -> list[int]:
        return self._tokenize(text)


def _tokenized(model: weakref.ref[Model], text: str | bytes) -> list[int]:
    """By the model, while there is one: the tokenizer is cached for as long as the model lives."""
    there = model()
    return [] if there is None or there.closed else there.vocab.tokenize(text, add_special=False)


_tokenizers: weakref.WeakKeyDictionary[Model, Any] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def _tokenizer(vocab: Vocab) -> Any:
    """Llguidance's view of a vocabulary, made once for a model."""
    with _lock:
        tokenizer = _tokenizers.get(vocab.model)
        if tokenizer is None:
            llguidance = _llguidance()
            wrapped = llguidance.TokenizerWrapper(_Vocabulary(vocab))
            tokenizer = llguidance.LLTokenizer(wrapped, n_vocab=vocab.n_tokens, eos_token=list(eog_tokens(vocab)))
            _tokenizers[vocab.model] = tokenizer
    return tokenizer


def _llguidance() -> Any:
    if not has_llguidance():
        raise GrammarError(_MISSING)
    import llguidance

    return llguidance


def _checked(grammar: str, what: str) -> str:
    is_error, messages = _with_stack(partial(_llguidance().LLMatcher.validate_grammar_with_warnings, grammar))
    if is_error or messages:
        message = f"llguidance refuses the {what}: {'; '.join(messages)[:500]}"
        raise GrammarError(message)
    return grammar


def _with_stack(function: Callable[[], Any]) -> Any:
    """Call it on a thread with a stack that llguidance, which recurses without a limit, does not use up."""
    results: list[Any] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    thread = threading.Thread(target=run)
    with _lock:
        usual = threading.stack_size(_STACK)
        try:
            thread.start()
        finally:
            threading.stack_size(usual)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _check(matcher: Any) -> None:
    if matcher.is_error():
        message = f"llguidance gave up: {matcher.get_error()[:500]}"
        raise GrammarError(message)
