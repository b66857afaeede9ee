"""Stages in a row, run in C."""

from __future__ import annotations

import contextlib
import itertools
import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import Handle, check_ptr, ffi, lib
from llamacffi._native.convert import boolean, instance, integer
from llamacffi.core.performance import SamplerPerformance
from llamacffi.core.sampling.candidates import Candidates, candidate_rows, softmax, token_data
from llamacffi.core.sampling.checks import drawn_seed
from llamacffi.core.sampling.custom import LogitsProcessor, PythonSampler, raised_by
from llamacffi.core.sampling.grammar import Grammar, LazyGrammar
from llamacffi.core.sampling.matcher import Matching
from llamacffi.core.sampling.min_tokens import MinTokens
from llamacffi.core.sampling.reasoning import ReasoningBudget
from llamacffi.core.sampling.reply import ReplyGrammar
from llamacffi.core.sampling.stages import AdaptiveP, Greedy, Infill, LogitBias, Stage, TopK
from llamacffi.core.sampling.token_tree import token_tree
from llamacffi.errors import ClosedError, ContextError, GrammarError, LlamaError, NativeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from llamacffi.core.context import Context
    from llamacffi.core.model import Model
    from llamacffi.core.outputs import Outputs
    from llamacffi.core.vocab import Vocab

__all__ = ["SamplerChain"]


class SamplerChain(Handle):
    """Stages that turn a row of logits into a token, in the order given (llama_sampler_chain_init).

    The last stage selects the token. `vocab` is needed by some stages, which say so; the chain then closes with the
    model that the vocabulary belongs to. A stage without a seed gets one here, and says it.

    Raises ValueError when no stage selects, or one that does is not the last; GrammarError for a grammar that does not
    parse. When a stage fails later, the chain is broken, and nothing else is: only `close()` works then.
    """

    def __init__(self, *stages: Stage, vocab: Vocab | None = None, no_perf: bool = True) -> None:
        _check_order(stages)
        stages = tuple(map(_seeded, stages))
        vocab = _one_vocab(stages, vocab)
        params = lib.llama_sampler_chain_default_params()
        params.no_perf = boolean("no_perf", no_perf)
        chain = lib.llama_sampler_chain_init(params)
        self._own(chain, stages, vocab)
        try:
            for stage in stages:
                # The chain frees the sampler from here on.
                lib.llama_sampler_chain_add(self.ptr, check_ptr(stage.build(vocab), f"{stage} was refused"))
            self.lazy.n_best = self._n_best(self.ptr)
        except BaseException:
            self.close()
            raise

    def _own(self, chain: Any, stages: tuple[Stage, ...], vocab: Vocab | None) -> None:
        self._stages = stages
        self._home: tuple[weakref.ref[Any], int] | None = None
        self.vocab = vocab
        """The vocabulary that it was made for; None when no stage needs one."""
        self.lazy: Any = ffi.new("struct lcffi_lazy *")
        """What C is told of the chain, a `struct lcffi_lazy *`."""
        if vocab is not None and any(isinstance(stage, Grammar) for stage in stages):
            if any(isinstance(stage, LazyGrammar) and stage.trigger_patterns for stage in stages):
                self.lazy.vocab = vocab.ptr
            if isinstance(stages[0], Grammar) and stages[0].reads_text:
                self._tree = token_tree(vocab)  # C borrows it
                self.lazy.tree = self._tree.ptr
            if isinstance(stages[0], LazyGrammar):
                budgets = (i for i, stage in enumerate(stages) if isinstance(stage, ReasoningBudget))
                self.lazy.budget = next(budgets, 0)
        self._error: Any = ffi.new("char[]", lib.LCFFI_SAMPLER_ERROR)
        owners = () if vocab is None else (vocab.model,)
        super().__init__(check_ptr(chain, "no sampler chain could be made"), lib.llama_sampler_free, *owners)

    def _n_best(self, chain: Any) -> int:
        """Of how many of the highest logits the stages behind the constraints choose one; 0 when it may be any."""
        n_lowered = 0
        named = [(_stage_name(chain, i), stage) for i, stage in enumerate(self._stages)]
        for name, stage in itertools.dropwhile(lambda pair: pair[0] in _CONSTRAINTS, named):
            if name.startswith("?"):
                continue
            if isinstance(stage, Greedy):
                return n_lowered + 1
            if isinstance(stage, TopK):
                return min(n_lowered + stage.k, 2**31 - 1)
            if not isinstance(stage, LogitBias) or max(stage.biases.values(), default=0) > 0:
                return 0
            n_lowered += len(stage.biases)
        return 0

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What the chain was made of."""
        return self._stages

    @property
    def seed(self) -> int | None:
        """The seed in use, also when it was drawn at random; None when nothing in the chain is random.

        With several, that of the last stage, as llama_sampler_get_seed has it; each stage of `stages` says its own.
        """
        seeds = (getattr(stage, "seed", None) for stage in reversed(self._stages))
        return next((seed for seed in seeds if seed is not None), None)

    def take_raised(self) -> BaseException | None:
        """What a stage written in Python raised when the chain was used last; it is not kept."""
        in_python = [isinstance(stage, (LogitsProcessor, PythonSampler, Matching)) for stage in self._stages]
        if not any(in_python):
            return None
        try:
            chain = self.ptr
        except LlamaError:  # closed, or broken
            return None
        raised = [raised_by(lib.llama_sampler_chain_get(chain, i)) for i, one in enumerate(in_python) if one]
        return next((error for error in raised if error is not None), None)

    def _run(self, function: Callable[..., bool], *args: Any) -> bool:
        """`call` a function that runs stages; what one written in Python raised is left to who asked."""
        try:
            return self.call(function, *args)
        except BaseException:
            self.take_raised()
            raise

    def sample(self, ctx: Context, i: int = -1) -> int:
        """Choose a token from the logits of the batch's `i`-th token, and accept it.

        Do not call `accept` for the token again. `i` counts as llama_get_logits_ith does: a place in the last batch
        whose output was asked for, or negative from the last output. Raises ContextError when there are no logits,
        GrammarError when a grammar allows none of the tokens that the other stages left, and LlamaError when these
        forbade all.
        """
        self.check_context(ctx)
        return ctx.sample_with(self, self._sample, integer("i", i, -(2**31), 2**31 - 1))

    def _sample(self, ctx: Any, i: int) -> int:
        token = ffi.new("llama_token *")
        with self._lock:
            if not self._run(lib.lcffi_sampler_sample, self.lazy, ctx, i, token, self._error):
                raise self.failed(self._error)
        chosen_token: int = token[0]
        return chosen_token

    def apply(self, logits: ArrayLike, ids: Sequence[int] | NDArray[np.integer] | None = None) -> Candidates:
        """Run the stages over a bare row of logits, float32[n]: what is left of it, and the token chosen.

        `ids` are the tokens that the logits are of, by default 0 to n - 1. Nothing is accepted: call `accept` to go on
        as if the token had been sampled. Random numbers are used up. Raises ValueError for logits that are +inf or not
        a number and for ids that are not in the vocabulary (llama_sampler_apply).
        """
        self.check_unattached("its stages run inside the graph of that context")
        rows = candidate_rows(logits, ids)
        self._check_tokens(rows["id"].min(), rows["id"].max())
        array = ffi.new("llama_token_data_array *", {"data": token_data(rows), "size": len(rows), "selected": -1})
        with self._lock:
            if not self._run(lib.lcffi_sampler_apply, array, self._error):
                raise self.failed(self._error)
            result = Candidates.of(array)
        if isinstance(self._stages[-1], Greedy):  # it computes no probabilities
            return replace(result, p=softmax(result.logits))
        return result

    def accept(self, token: int | Sequence[int] | NDArray[np.integer], *, grammar: bool = True) -> None:
        """Tell the stages of a token that was not chosen by `sample`, or of several: a prompt's, for penalties.

        `grammar=False` leaves out grammars and reasoning budgets, which are about what is generated, not the prompt.
        Raises GrammarError for a token that a grammar forbids, which breaks the chain; ValueError for one that is not
        in the vocabulary.
        """
        several = isinstance(token, np.ndarray) or (isinstance(token, Sequence) and not isinstance(token, (str, bytes)))
        tokens = [integer("a token", each) for each in (token if several else [token])]  # type: ignore[union-attr]
        if tokens:
            self._check_tokens(min(tokens), max(tokens))
        with self._lock:
            grammar = boolean("grammar", grammar)
            if not self._run(lib.lcffi_sampler_accept, self.lazy, tokens, len(tokens), grammar, self._error):
                raise self.failed(self._error)

    def reset(self, *kinds: type[Stage]) -> None:
        """Forget the tokens accepted, and start the random numbers again from the seed; with `kinds` in such alone."""
        if kinds:
            with self._lock:
                for i, stage in enumerate(self._stages):
                    if isinstance(stage, kinds):
                        self.call(_reset_one, i)
            return
        n_grammar = max((stage.n_bytes for stage in self._stages if isinstance(stage, Grammar)), default=0)
        with self._lock:
            self.call(lib.lcffi_sampler_reset, n_grammar)
            self.call(self._begin)
            self.lazy.n_text = 0

    def _begin(self, chain: Any) -> None:
        """Tell the stages again of what the prompt began, which llama.cpp's resets forget."""
        for i, stage in enumerate(self._stages):
            if isinstance(stage, (ReasoningBudget, ReplyGrammar)):
                stage.begin(lib.llama_sampler_chain_get(chain, i), self.vocab)

    def clone(self) -> SamplerChain:
        """Make a chain in the same state, random numbers included, which goes its own way from here.

        Except AdaptiveP, which llama.cpp clones without the state of its random numbers: they start again.
        """
        copy = SamplerChain.__new__(SamplerChain)
        made: list[Any] = []
        try:
            self.call(lambda ptr: made.append(lib.llama_sampler_clone(ptr)))
        except BaseException:  # a PythonSampler's own clone(), say
            for ptr in made:
                lib.llama_sampler_free(ptr)
            raise
        for i, stage in enumerate(self._stages):
            if isinstance(stage, AdaptiveP):
                # It remembers the token of the last `apply` by its place in an array that is not cloned. No token is
                # -2, and so it forgets it (-1 would be an assertion).
                lib.llama_sampler_accept(lib.llama_sampler_chain_get(made[0], i), -2)
        copy._own(made[0], self._stages, self.vocab)  # noqa: SLF001 - the same class
        copy.lazy.n_text, copy.lazy.n_best = self.lazy.n_text, self.lazy.n_best
        return copy

    @property
    def attached(self) -> bool:
        """Whether it runs, or ran, inside the graph of a context: it samples nowhere else then, nor afterwards."""
        return self._home is not None

    @property
    def offloaded(self) -> tuple[Stage, ...]:
        """The stages that run inside the graph: the first ones, up to one that llama.cpp cannot run there."""
        if not self.attached:
            return ()
        names = self.call(lambda ptr: [_stage_name(ptr, i) for i in range(len(self._stages))])
        inside = itertools.takewhile(lambda pair: pair[1].startswith(_OFFLOADED), zip(self._stages, names, strict=True))
        return tuple(stage for stage, _ in inside)

    def attach(self, context: Outputs, seq_id: int) -> Any:
        """Belong to a context from now on, which runs the stages inside its graph; returns C's chain, to be pinned."""
        self.check_unattached()
        pointer = self.ptr
        self._home = (weakref.ref(context), seq_id)
        return pointer

    def detach(self) -> None:
        """Belong to no context again, after one that could not be made: a clone takes the place of C's chain.

        llama.cpp may have got as far as to prepare that one for the graph, which it does once.
        """
        copy = self.clone()
        with self._lock:
            self._cell[0], copy._cell[0] = copy._cell[0], self._cell[0]  # noqa: SLF001 - the same class
            self._home = None
            self._former = copy  # whoever has the pointer of before may look at it yet

    def check_unattached(self, why: str = "llama.cpp attaches a chain once") -> None:
        """Raise ContextError for a chain that runs, or ran, inside the graph of a context."""
        if self.attached:
            message = f"{self} was attached to a context: {why}; use chain.clone()"
            raise ContextError(message)

    def check_context(self, context: Context) -> None:
        """Raise ValueError for another vocabulary, ContextError for a chain that is attached to another context."""
        if not hasattr(context, "sample_with"):  # the class itself imports this file
            message = f"ctx must be a Context, not {context!r} ({type(context).__name__})"
            raise TypeError(message)
        self.check_model(context.model)
        if self._home is not None and self._home[0]() is not context:
            self.check_unattached("it samples there only")

    def close(self) -> None:
        """Free the C object; a context that runs the chain inside its graph no longer does so, after its decode.

        Raises LlamaError inside a callback of that context's decode.
        """
        context = None if self._home is None else self._home[0]()
        if self._home is not None and context is not None and context.samplers.get(self._home[1]) is self:
            with contextlib.suppress(ClosedError, NativeError):  # then it decodes no more; and it holds C's chain
                context.set_sampler(self._home[1], None)
        super().close()

    @property
    def performance(self) -> SamplerPerformance:
        """How many tokens were accepted and, with no_perf=False, how long sampling took (llama_perf_sampler).

        Of a chain that begins with a constraint, the time is that of accepting alone.
        """
        data = self.call(lib.llama_perf_sampler)
        return SamplerPerformance(data.t_sample_ms, data.n_sample)

    def reset_performance(self) -> None:
        """Count from 0 again (llama_perf_sampler_reset)."""
        self.call(lib.llama_perf_sampler_reset)

    def check_model(self, model: Model) -> None:
        """Raise ValueError for a model whose tokens are not those that the chain was made for."""
        vocab = self.vocab
        if vocab is not None and vocab.model is not model and vocab.n_tokens != model.vocab.n_tokens:
            message = (
                f"the chain was made for a vocabulary of {vocab.n_tokens} tokens, but the model has "
                f"{model.vocab.n_tokens}; make it with SamplerChain(…, vocab=model.vocab)"
            )
            raise ValueError(message)

    def failed(self, reason: Any) -> LlamaError:
        """Return the exception for the failure in `reason`, a char[]; unless it only ran dry, the chain is broken."""
        text = ffi.string(reason).decode(errors="replace")
        if "no token is left" in text:  # and none was accepted
            kinds = {type(stage) for stage in self._stages}
            grammar = any(issubclass(kind, (Grammar, Matching)) for kind in kinds)
            if grammar and ReasoningBudget in kinds and LazyGrammar not in kinds:
                text += ' (a grammar that holds in the thoughts must allow their end; After("</think>", …) does)'
            if grammar and MinTokens in kinds:
                text += " (the grammar may end before as many tokens as min_tokens asks for)"
            return (GrammarError if grammar else LlamaError)(f"{text}, by the stages of {self}")
        if _AMBIGUOUS in text:
            error: LlamaError = GrammarError(text)
            message = text
        # The one that llama.cpp throws, and the assertion for a token that ends the generation.
        elif "empty grammar stack" in text or "llama-grammar.cpp" in text:
            message = f"the grammar does not allow the token: {text}"
            error = GrammarError(message)
        else:
            message = f"a stage of {self} failed: {text}"
            error = NativeError(message)
            error.marked = True  # the chain: the context that it sampled from only lent its logits
        self._break(NativeError(message))
        return error

    def _check_tokens(self, lowest: int, highest: int) -> None:
        end = 2**31 if self.vocab is None else self.vocab.n_tokens
        if lowest < 0 or highest >= end:
            wrong = lowest if lowest < 0 else highest
            message = f"token {wrong} is not in the vocabulary, which is 0 to {end - 1}"
            raise ValueError(message)

    def __len__(self) -> int:
        return len(self._stages)

    def __repr__(self) -> str:
        return f"SamplerChain({', '.join(map(repr, self._stages))})"


_AMBIGUOUS = "the grammar is too ambiguous"  # what csrc/grammar_limits.cpp throws
_CONSTRAINTS = ("grammar", "constraint")  # C asks them about the choice, as long as they come first
_OFFLOADED = ("+", "?")  # how llama.cpp marks the name of a stage: it runs inside the graph; it does nothing at all


def _stage_name(chain: Any, i: int) -> str:
    name: str = ffi.string(lib.llama_sampler_name(lib.llama_sampler_chain_get(chain, i))).decode()
    return name


def _check_order(stages: tuple[Stage, ...]) -> None:
    for stage in stages:
        instance("a stage of a chain", stage, Stage, "a Stage, such as TopK(40)")  # type: ignore[type-abstract]
    for stage, following in itertools.pairwise(stages):
        if stage.selects:
            # The stages after it would move the tokens under the choice.
            message = f"{stage} selects the token and so must come last, but {following} follows it"
            raise ValueError(message)
    if not stages or not stages[-1].selects:
        message = (
            "no stage selects a token; end the chain with Dist(), Greedy(), Mirostat(), MirostatV2() or AdaptiveP()"
        )
        raise ValueError(message)
    for i, stage in enumerate(stages):
        if isinstance(stage, Infill) and not any(isinstance(other, TopK) and other.k for other in stages[:i]):
            message = "Infill() compares every two candidates: put a TopK(k) before it, else a vocabulary takes minutes"
            raise ValueError(message)


def _seeded(stage: Stage) -> Stage:
    """Give a stage that lacks its seed one: C tells not all of those that it draws, and draws again at each reset."""
    if getattr(stage, "seed", 0) is not None:
        return stage
    unseeded: Any = stage
    seeded: Stage = replace(unseeded, seed=drawn_seed())
    return seeded


def _one_vocab(stages: tuple[Stage, ...], vocab: Vocab | None) -> Vocab | None:
    """The vocabulary of the chain, which a stage may have brought."""
    if vocab is not None and not hasattr(vocab, "tokenize"):  # the class would be much to import
        message = f"vocab must be a Vocab, such as model.vocab, not {vocab!r} ({type(vocab).__name__})"
        raise TypeError(message)
    for stage in stages:
        own: Vocab | None = getattr(stage, "vocab", None)
        if vocab is not None and own is not None and own != vocab:
            message = f"{stage} is for the vocabulary of {own.model}, but another stage or the chain for {vocab.model}"
            raise ValueError(message)
        vocab = vocab or own
    return vocab


def _reset_one(chain: Any, i: int) -> None:
    lib.llama_sampler_reset(lib.llama_sampler_chain_get(chain, i))
