"""Which sequence holds which tokens, and how many cells that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.generation.prompt import n_common

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from collections.abc import Set as AbstractSet

__all__ = ["Match", "PrefixTree"]


class _Span:
    """Cells that hold some tokens in a row, each sequence in `holders` all of them."""

    __slots__ = ("children", "holders", "key", "parent", "tokens")

    key: Hashable
    """Of a root."""

    def __init__(self, tokens: list[int], parent: _Span | None, holders: set[int]) -> None:
        self.tokens = tokens
        self.parent = parent
        self.holders = holders
        # By the first token; several when sequences computed the same tokens apart.
        self.children: dict[int, list[_Span]] = {}


class Match:
    """How much of some tokens is held, and by whom."""

    __slots__ = ("n", "seq_id", "span", "within")

    def __init__(self, n: int, seq_id: int | None, span: Any, within: int) -> None:
        self.n = n
        """How many of the tokens, from the first on."""
        self.seq_id = seq_id
        """A sequence that holds them; None when `n` is 0."""
        self.span, self.within = span, within


class PrefixTree:
    """A radix tree over the tokens of all sequences of a context, whose spans are cells of its unified cache.

    Sequences that begin alike share the spans of what they have in common when one was made from the other (`hold`),
    as they share its cells; those that computed the same tokens apart have spans of their own. `n_cells` is therefore
    what the cache really holds. Sequences of different keys (adapters, salts) never meet.
    """

    def __init__(self) -> None:
        self.n_cells = 0
        """How many cells all sequences take together."""
        self._roots: dict[Hashable, _Span] = {}
        self._tails: dict[int, _Span] = {}
        self._lengths: dict[int, int] = {}

    def __contains__(self, seq_id: int) -> bool:
        return seq_id in self._tails

    def length(self, seq_id: int) -> int:
        """How many tokens a sequence holds."""
        return self._lengths.get(seq_id, 0)

    def match(self, key: Hashable, tokens: Sequence[int], *, whole: bool = False, besides: int | None = None) -> Match:
        """Find the longest beginning of `tokens` that some sequence of this key holds; as its `whole`, if asked.

        `besides` is a sequence that does not count.
        """
        root = self._roots.get(key)
        best = Match(0, None, root, 0)
        if root is None:
            return best
        tokens = list(tokens)
        paths = [(root, 0)]
        while paths:
            span, n = paths.pop()
            for child in span.children.get(tokens[n], ()) if n < len(tokens) else ():
                common = n_common(child.tokens, tokens, n)
                end = n + common
                holders = (i for i in child.holders if i != besides and not (whole and self._lengths[i] != end))
                if end > best.n and (seq_id := next(holders, None)) is not None:
                    best = Match(end, seq_id, child, common)
                if common == len(child.tokens):
                    paths.append((child, end))
        return best

    def open(self, key: Hashable, seq_id: int) -> None:
        """Note a sequence that holds nothing yet."""
        root = self._roots.get(key)
        if root is None:
            root = self._roots[key] = _Span([], None, set())
            root.key = key
        root.holders.add(seq_id)
        self._tails[seq_id], self._lengths[seq_id] = root, 0

    def hold(self, match: Match, seq_id: int) -> None:
        """Note that a new sequence shares the cells of a match, which must be fresh."""
        span = match.span
        if match.within < len(span.tokens):
            span = _split(span, match.within)
        self._tails[seq_id], self._lengths[seq_id] = span, match.n
        while span is not None:
            span.holders.add(seq_id)
            span = span.parent

    def append(self, seq_id: int, tokens: Sequence[int]) -> None:
        """Note that a sequence has decoded some tokens more, into cells of its own."""
        span = self._tails[seq_id]
        if span.parent is not None and len(span.holders) == 1 and not span.children:
            span.tokens.extend(tokens)
        elif tokens:
            child = _Span(list(tokens), span, {seq_id})
            span.children.setdefault(tokens[0], []).append(child)
            self._tails[seq_id] = child
        self._lengths[seq_id] += len(tokens)
        self.n_cells += len(tokens)

    def release(self, seq_id: int) -> int:
        """Note that a sequence holds nothing any more; returns how many cells that leaves free."""
        span: _Span | None = self._tails.pop(seq_id)
        del self._lengths[seq_id]
        freed = 0
        while span is not None:
            span.holders.discard(seq_id)
            parent = span.parent
            if parent is not None and not span.holders:
                freed += len(span.tokens)
                siblings = parent.children[span.tokens[0]]
                siblings.remove(span)
                if not siblings:
                    del parent.children[span.tokens[0]]
            elif parent is None and not span.holders:
                del self._roots[span.key]
            span = parent
        self.n_cells -= freed
        return freed

    def own(self, seq_id: int) -> int:
        """How many cells only this sequence holds: what its release would leave free."""
        span, n = self._tails[seq_id], 0
        while span.parent is not None and len(span.holders) == 1:
            n += len(span.tokens)
            span = span.parent
        return n

    def n_only(self, seq_ids: AbstractSet[int]) -> int:
        """How many cells nobody but these sequences holds."""
        n, spans = 0, [child for root in self._roots.values() for child in _children(root)]
        while spans:
            span = spans.pop()
            if span.holders <= seq_ids:
                n += len(span.tokens)
            spans += _children(span)
        return n

    def tokens(self, seq_id: int) -> list[int]:
        """The tokens that a sequence holds, put together."""
        span: _Span | None = self._tails[seq_id]
        parts = []
        while span is not None:
            parts.append(span.tokens)
            span = span.parent
        return [token for part in reversed(parts) for token in part]


def _children(span: _Span) -> list[_Span]:
    return [child for siblings in span.children.values() for child in siblings]


def _split(span: _Span, n: int) -> _Span:
    """Cut a span in two after `n` tokens and return the first; whose tail it was has the second."""
    parent = span.parent
    assert parent is not None, "the root holds no tokens"
    first = _Span(span.tokens[:n], parent, set(span.holders))
    siblings = parent.children[span.tokens[0]]
    siblings[siblings.index(span)] = first
    del span.tokens[:n]
    span.parent = first
    first.children[span.tokens[0]] = [span]
    return first
