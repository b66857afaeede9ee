"""The calls of a Llama that go step by step: evaluate tokens, look at their logits, sample, and keep the state."""

from __future__ import annotations

import warnings
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native.convert import integer
from llamacffi.errors import StateError
from llamacffi.llama.arrays import id_array, text_array
from llamacffi.llama.caches import Caches
from llamacffi.llama.params import CALL_DEFAULTS, sampling_params

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from llamacffi.core.context import Context
    from llamacffi.core.sampling import SamplerChain
    from llamacffi.core.vocab import Vocab
    from llamacffi.generation import SamplingParams
    from llamacffi.generation.constraints import Constraint
    from llamacffi.llama.live import Live
    from llamacffi.llama.llama_grammar import LlamaGrammar
    from llamacffi.llama.llama_state import LlamaState
    from llamacffi.llama.processors import LogitsProcessor, StoppingCriteria
    from llamacffi.llama.scores import Scores

__all__ = ["Stateful"]


class Stateful(Caches):
    """`eval`, `sample`, `generate` and what goes with them, in a context of their own that the first of them makes.

    Other calls do not change it, nor see it. Several threads may use it, in turns.
    """

    _live_made: Live | None = None
    _sampling: tuple[object, SamplerChain] | None = None  # what `sample` goes on with

    @property
    def _live(self) -> Live:
        self._check_open()
        live = self._live_made
        if live is None:
            with self._lock:
                self._check_open()
                live = self._live_made
                if live is None:
                    live = self._live_made = self._made_live()
        return live

    def _made_live(self) -> Live:
        from llamacffi.llama.live import Live

        options = dict(self._context_options)
        for name in ("pooling_type", "attention_type"):
            options.pop(name, None)
        keeps_all = bool(self.options["logits_all"])
        context = self.model.context(n_ctx=self._n_ctx, n_seq_max=1, **options)
        try:
            if self.lora_path:
                context.set_adapters({self._adapter(self.lora_path): self.lora_scale})
            return Live(context, keeps_all=keeps_all)
        except BaseException:  # an encoder, say, has no memory that could be evaluated into
            context.close()
            raise

    def _close(self) -> None:
        self._forget_sampling()
        live, self._live_made = self._live_made, None
        if live is not None:
            live.close()
        super()._close()

    @property
    def ctx(self) -> Context:
        """The context of the stateful calls; `lib` and ctypes functions take it where they want a llama_context."""
        return self._live.context

    @property
    def n_tokens(self) -> int:
        """How many tokens were evaluated; a smaller number takes the last ones back."""
        live = self._live_made
        return 0 if live is None else live.n_tokens

    @n_tokens.setter
    def n_tokens(self, n: int) -> None:
        self._live.n_tokens = integer("n_tokens", n)

    @property
    def input_ids(self) -> NDArray[np.intc]:
        """A copy of the tokens that were evaluated, int32[n_tokens]; -1 for each embedding of a picture or a sound."""
        live = self._live_made
        return id_array([] if live is None else live.tokens)

    @property
    def _input_ids(self) -> NDArray[np.intc]:
        return self.input_ids

    @property
    def eval_tokens(self) -> deque[int]:
        """The tokens that were evaluated."""
        return deque(self.input_ids.tolist(), maxlen=self._n_ctx)

    @property
    def scores(self) -> Scores:
        """The logits after each token that was evaluated, float32[n_tokens, n_vocab], as far as they are kept.

        Of all with logits_all=True, else of the last; reading others raises ContextError.
        """
        from llamacffi.llama.scores import Scores

        live = self._live
        return Scores(live.rows, live.n_tokens, self._n_vocab)

    @property
    def _scores(self) -> Scores:
        return self.scores

    @property
    def eval_logits(self) -> deque[list[float]]:
        """The logits that are kept, those of the last token last, as lists."""
        live = self._live
        return deque(live.kept().tolist(), maxlen=self._n_ctx if live.keeps_all else 1)

    def reset(self) -> None:
        """Forget what was evaluated, and what `sample` has chosen."""
        self._check_open()
        self._forget_sampling()
        if self._live_made is not None:
            self._live_made.n_tokens = 0

    def eval(self, tokens: Sequence[int]) -> None:
        """Evaluate tokens after those that were evaluated before.

        Raises ContextOverflow, a ValueError, when they do not fit.
        """
        self._live.eval(_checked(self.vocab, tokens))

    def _init_sampler(
        self,
        top_k: int = 40,
        top_p: float = 0.95,
        min_p: float = 0.05,
        typical_p: float = 1.0,
        temp: float = 0.80,
        repeat_penalty: float = 1.0,
        frequency_penalty: float = 0.0,
        presence_penalty: float = 0.0,
        tfs_z: float = 1.0,
        mirostat_mode: int = 0,
        mirostat_eta: float = 0.1,
        mirostat_tau: float = 5.0,
        penalize_nl: bool = True,  # noqa: FBT001, FBT002 - the order that others know
        logits_processor: LogitsProcessor | Sequence[LogitsProcessor] | None = None,
        grammar: str | LlamaGrammar | Constraint | None = None,
    ) -> SamplerChain:
        """The stages of these options; one for each text that is generated."""
        from llamacffi.llama.processors import InPlace, chosen_functions

        for name, value, default in (("tfs_z", tfs_z, 1.0), ("penalize_nl", penalize_nl, True)):
            if value != default:
                warnings.warn(f"{name} does nothing: llama.cpp has it no more", UserWarning, stacklevel=3)
        options = {
            **CALL_DEFAULTS,
            "top_k": top_k,
            "top_p": top_p,
            "min_p": min_p,
            "typical_p": typical_p,
            "repeat_penalty": repeat_penalty,
            "frequency_penalty": frequency_penalty,
            "presence_penalty": presence_penalty,
            "mirostat_mode": mirostat_mode,
            "mirostat_eta": mirostat_eta,
            "mirostat_tau": mirostat_tau,
            "grammar": grammar,
        }
        if temp < 0:  # draws from all tokens, as they are
            options |= {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "typical_p": 1.0, "mirostat_mode": 0}
        processors = tuple(InPlace(_Evaluated(self, each)) for each in chosen_functions(logits_processor))
        params: SamplingParams = sampling_params(
            self, options, max_tokens=None, temperature=1.0 if temp < 0 else temp, logits_processor=processors
        )
        return params.chain(self.vocab)

    def sample(
        self,
        top_k: int = 40,
        top_p: float = 0.95,
        min_p: float = 0.05,
        typical_p: float = 1.0,
        temp: float = 0.80,
        repeat_penalty: float = 1.0,
        frequency_penalty: float = 0.0,
        presence_penalty: float = 0.0,
        tfs_z: float = 1.0,
        mirostat_mode: int = 0,
        mirostat_eta: float = 0.1,
        mirostat_tau: float = 5.0,
        penalize_nl: bool = True,  # noqa: FBT001, FBT002 - the order that others know
        logits_processor: LogitsProcessor | Sequence[LogitsProcessor] | None = None,
        grammar: str | LlamaGrammar | Constraint | None = None,
        idx: int | None = None,
    ) -> int:
        """Choose the token after the last one that was evaluated, or after that at `idx`; `eval` it to go on.

        Calls with the same options in a row, up to `reset`, are one text: penalties, grammars and random numbers go on
        from call to call. Raises ContextError when there are no logits to choose by.
        """
        live = self._live
        arguments = (
            *(top_k, top_p, min_p, typical_p, temp, repeat_penalty, frequency_penalty, presence_penalty),
            *(tfs_z, mirostat_mode, mirostat_eta, mirostat_tau, penalize_nl),
        )
        with live.context.exclusive():
            known = (arguments, self._seed, logits_processor, grammar)
            if self._sampling is None or not _same(self._sampling[0], known):
                self._forget_sampling()
                self._sampling = known, self._init_sampler(*arguments, logits_processor, grammar)
            return live.sample(self._sampling[1], None if idx is None else integer("idx", idx))

    def _forget_sampling(self) -> None:
        sampling, self._sampling = self._sampling, None
        if sampling is not None:
            sampling[1].close()

    def generate(
        self,
        tokens: Sequence[int],
        top_k: int = 40,
        top_p: float = 0.95,
        min_p: float = 0.05,
        typical_p: float = 1.0,
        temp: float = 0.80,
        repeat_penalty: float = 1.0,
        reset: bool = True,  # noqa: FBT001, FBT002 - the order that others know
        frequency_penalty: float = 0.0,
        presence_penalty: float = 0.0,
        tfs_z: float = 1.0,
        mirostat_mode: int = 0,
        mirostat_tau: float = 5.0,
        mirostat_eta: float = 0.1,
        penalize_nl: bool = True,  # noqa: FBT001, FBT002
        logits_processor: LogitsProcessor | Sequence[LogitsProcessor] | None = None,
        stopping_criteria: StoppingCriteria | Sequence[StoppingCriteria] | None = None,
        grammar: str | LlamaGrammar | Constraint | None = None,
    ) -> Generator[int, Sequence[int] | None, None]:
        """Yield token after token that follows `tokens`, until the context is full or you stop.

        It does not stop at a token that ends a text (`token_eos`). What was evaluated before and begins alike is kept;
        `reset=False` goes on after all of it instead. `send(tokens)` puts tokens of yours behind the last one. A token
        is evaluated when the next is asked for. A stopping criterion is asked before a token is yielded, of the tokens
        before it and of the logits that it was chosen by. Penalties count what is generated, not the prompt.
        A draft model is not asked: it serves the calls that the engine answers.
        Raises ContextOverflow, a ValueError, for a prompt that does not fit.
        """
        from llamacffi.llama.processors import chosen_functions

        live = self._live
        prompt = _checked(self.vocab, tokens)
        if not prompt and (reset or not live.n_tokens):
            message = "the prompt is empty; a model needs at least one token to continue"
            raise ValueError(message)
        criteria = chosen_functions(stopping_criteria, "stopping_criteria", "fn(input_ids, logits) -> bool")
        chain = self._init_sampler(
            *(top_k, top_p, min_p, typical_p, temp, repeat_penalty, frequency_penalty, presence_penalty),
            *(tfs_z, mirostat_mode, mirostat_eta, mirostat_tau, penalize_nl, logits_processor, grammar),
        )
        return _generated(live, prompt, chain, criteria, reset=reset)

    def save_state(self) -> LlamaState:
        """A copy of what was evaluated, to go on from it later, here or in another process.

        It has the logits of the last token only. Raises what `Sequence.snapshot` raises.
        """
        from llamacffi.llama.llama_state import LlamaState

        state, last = self._live.state()
        return LlamaState.of(state, last, self._seed)

    def load_state(self, state: LlamaState) -> None:
        """Go on from a state that `save_state` made. Raises StateError for one that is damaged or another model's."""
        from llamacffi.core.state import State
        from llamacffi.llama.llama_state import LlamaState

        given: object = state
        if not isinstance(given, LlamaState):
            message = f"state is {given!r:.80}, but must be a LlamaState, as save_state() makes it"
            raise TypeError(message)
        loaded = State.from_bytes(state.llama_state)
        tokens = id_array(loaded.tokens)
        if len(tokens) != state.n_tokens or not np.array_equal(tokens, state.input_ids[: state.n_tokens]):
            message = f"the state is of {len(loaded.tokens)} tokens, and not of the {state.n_tokens} in its input_ids"
            raise StateError(message)
        self._forget_sampling()
        self._live.restore(loaded, np.asarray(state.scores, np.float32))
        self.set_seed(state.seed)

    @staticmethod
    def logits_to_logprobs(logits: ArrayLike, axis: int = -1) -> NDArray[np.single]:
        """The logarithms of the probabilities that go with logits: log-softmax along `axis`, in float32."""
        values = np.asarray(logits, np.single)
        top = np.max(values, axis=axis, keepdims=True)
        shifted = values - np.where(np.isfinite(top), top, np.single(0))
        with np.errstate(divide="ignore", invalid="ignore"):  # where all are -inf
            logprobs: NDArray[np.single] = shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
        return logprobs

    @staticmethod
    def longest_token_prefix(a: Sequence[int], b: Sequence[int]) -> int:
        """How many tokens two sequences begin with alike."""
        n = min(len(a), len(b))
        differ = np.flatnonzero(np.asarray(a[:n]) != np.asarray(b[:n]))
        return int(differ[0]) if len(differ) else n


class _Evaluated:
    """A logits processor that is shown all tokens that were evaluated, whichever of them a chain knows."""

    def __init__(self, llama: Stateful, processor: Callable[..., Any]) -> None:
        self._llama, self._processor = llama, processor

    def __call__(self, _tokens: NDArray[np.int32], logits: NDArray[np.float32]) -> Any:
        live = self._llama._live  # noqa: SLF001 - a part of its class
        return self._processor(text_array(live.tokens), logits)

    def __repr__(self) -> str:
        return repr(self._processor)


def _generated(
    live: Live, prompt: list[int], chain: SamplerChain, criteria: Sequence[Callable[..., Any]], *, reset: bool
) -> Generator[int, Sequence[int] | None, None]:
    from llamacffi.core.sampling import Rows

    rows = Rows(chain)
    try:
        tokens: Sequence[int] = live.align(prompt) if reset else prompt
        begun = False
        while not begun or len(tokens) <= live.n_free:
            if tokens:
                live.step(tokens, rows)
                token = rows.token()
            else:
                token = live.sample(chain)
            begun = True
            if criteria:
                n = live.n_tokens
                row = live.rows(n - 1, n)[0]
                if any([criterion(text_array(live.tokens), row) for criterion in criteria]):  # noqa: C419
                    return
            sent = yield token
            tokens = (token,) if sent is None else [token, *_checked(live.context.model.vocab, sent)]
    finally:
        chain.close()


def _checked(vocab: Vocab, tokens: Any) -> list[int]:
    """The tokens as a list. Raises TypeError for what are none, ValueError for what the vocabulary does not have."""
    from llamacffi.generation.prompt import token_ids

    if isinstance(tokens, (str, bytes, bytearray)):
        message = f"tokens is {tokens!r:.80}, but must be token ids; tokenize(text) gives them"
        raise TypeError(message)
    return token_ids(vocab, tokens)


def _same(one: Any, other: Any) -> bool:
    """Whether two calls have equal numbers, and the very same functions and grammar."""
    return bool(one[:2] == other[:2] and one[2] is other[2] and one[3] is other[3])
