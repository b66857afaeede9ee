"""What code that knows llama-cpp-python reaches for behind its public face."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from llamacffi.llama.stateful import Stateful

if TYPE_CHECKING:
    from llamacffi.llama.internals import LlamaBatch, LlamaContext, LlamaModel

__all__ = ["Inner"]


class Inner(Stateful):
    """The objects with an underscore, each made when it is first asked for."""

    @cached_property
    def _stack(self) -> ExitStack:
        """What is closed with the Llama, before the model."""
        self._check_open()
        return ExitStack()

    @cached_property
    def _model(self) -> LlamaModel:
        """The model as an address, with methods that call llama.cpp's functions."""
        from llamacffi.llama.internals import LlamaModel

        self._check_open()
        return LlamaModel.of(self.model, self.model_path)

    @cached_property
    def _ctx(self) -> LlamaContext:
        """The context of the stateful calls as an address, with such methods too."""
        from llamacffi.llama.internals import LlamaContext

        return LlamaContext.of(self.ctx, self._model)

    @cached_property
    def _batch(self) -> LlamaBatch:
        """A batch of `n_batch` tokens."""
        from llamacffi.llama.internals import LlamaBatch

        batch = LlamaBatch(n_tokens=self.n_batch, embd=0, n_seq_max=1, verbose=self.verbose)
        self._stack.callback(batch.close)
        return batch

    def _close(self) -> None:
        if "_stack" in vars(self):
            self._stack.close()
        super()._close()
