"""The grammar of a chat template's replies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llamacffi._native import lib
from llamacffi.core.sampling.grammar import Grammar, LazyGrammar
from llamacffi.errors import GrammarError, NativeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.vocab import Vocab

__all__ = ["ReplyGrammar", "Trigger"]


@dataclass(frozen=True)
class Trigger:
    """What begins a lazy grammar (common_grammar_trigger): a `token`, a `word`, a `pattern` or a `pattern_full`."""

    type: str
    value: str
    token: int = -1


@dataclass(frozen=True, repr=False)
class ReplyGrammar(Grammar):
    """A grammar that has read `prefill` already: what the prompt ends with and the reply begins with."""

    prefill: Sequence[int] = field(default=(), kw_only=True)

    @staticmethod
    def of(
        gbnf: str,
        vocab: Vocab,
        *,
        lazy: bool,
        triggers: Sequence[Trigger],
        preserved_tokens: Sequence[str],
        prefill: str,
    ) -> Grammar:
        """Make the stage as llama.cpp's own sampler does (common_sampler_init).

        A word that is a single one of `preserved_tokens` triggers as that token; a lazy grammar reads no `prefill`.
        """
        if not lazy:
            return ReplyGrammar(gbnf, vocab=vocab, prefill=_prefill(prefill, vocab))
        patterns: list[str] = []
        tokens: list[int] = []
        for trigger in triggers:
            if trigger.type == "token":
                tokens.append(trigger.token)
            elif trigger.type == "word":
                ids = vocab.tokenize(trigger.value, add_special=False, parse_special=True)
                if len(ids) == 1 and trigger.value in preserved_tokens:
                    tokens += ids
                else:
                    patterns.append(re.sub(r"([.^$|()*+?\[\]{}\\])", r"\\\1", trigger.value))
            elif trigger.type == "pattern":
                patterns.append(trigger.value)
            else:
                patterns.append("^" + trigger.value.removeprefix("^").removesuffix("$") + "$")
        return LazyGrammar(gbnf, vocab=vocab, trigger_patterns=patterns, trigger_tokens=tokens)

    def build(self, vocab: Vocab | None) -> Any:
        sampler = super().build(vocab)
        try:
            self.begin(sampler, vocab)
        except NativeError as error:
            lib.llama_sampler_free(sampler)
            message = f"the grammar forbids what the prompt has already begun the reply with: {error}"
            raise GrammarError(message) from error
        return sampler

    def begin(self, sampler: Any, _vocab: Vocab | None) -> None:
        """Bring a sampler that has read nothing to where the reply begins."""
        for token in self.prefill:
            lib.llama_sampler_accept(sampler, token)


def _prefill(text: str, vocab: Vocab) -> list[int]:
    tokens = vocab.tokenize(text, add_special=False, parse_special=True) if text else []
    # Some vocabularies put a space before the first word, which is not there in the prompt.
    if tokens and not text[0].isspace() and vocab.piece(tokens[0], special=True)[:1].isspace():
        return tokens[1:]
    return tokens
