"""A model's weights in memory."""

from __future__ import annotations

import os
import stat
import weakref
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi._native import Handle, Interrupt, ffi, lib, native_errors, start, to_c_options
from llamacffi._native.options import MODEL_OPTIONS
from llamacffi.core import overrides
from llamacffi.core.backend import device_pointers
from llamacffi.core.vocab import Vocab
from llamacffi.errors import ModelLoadError, NativeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Unpack

    from llamacffi._native.options import ContextOptions, ModelOptions
    from llamacffi.core.backend import Device
    from llamacffi.core.context import Context

__all__ = ["Model"]

_MAGIC = b"GGUF"


class Model(Handle):
    """A model file, loaded (llama_model_load_from_file); of a split model, give the first part.

    `progress` is called with a number from 0 to 1, at most every 20 ms; what it raises stops the load and comes out
    here. `devices` are those to offload layers to, all that there are when None. The other options are the fields of
    llama_model_params, by their names.

    Raises ModelLoadError with llama.cpp's own reason, TypeError and ValueError for an option that it does not take,
    BackendError when no backend could be loaded.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        progress: Callable[[float], object] | None = None,
        devices: Sequence[Device | str] | None = None,
        **options: Unpack[ModelOptions],
    ) -> None:
        start()
        self.path = Path(path)
        params = ffi.new("struct llama_model_params *", lib.llama_model_default_params())
        pins = overrides.apply(params, options)  # what the structure points to, until the load is over
        plain = {name: value for name, value in options.items() if name not in overrides.NAMES}
        to_c_options(params, plain, MODEL_OPTIONS, "Model")
        if devices is not None:
            params.devices = pins["devices"] = device_pointers(devices)
        _check_file(self.path)
        super().__init__(self._load(params, progress), lib.llama_model_free)
        self.vocab_only: bool = params.vocab_only
        self.no_alloc: bool = params.no_alloc
        self._vocab: weakref.ref[Vocab] | None = None
        self._metadata: dict[str, str] | None = None
        self._read_facts()
        del pins

    def __repr__(self) -> str:
        return f"<Model {self.description}, {self.path.name}>"

    @property
    def vocab(self) -> Vocab:
        """The tokens of the model."""
        # A weak reference: the vocabulary holds the model, and a cycle would keep both until the collector comes.
        vocab = None if self._vocab is None else self._vocab()
        if vocab is None:
            vocab = Vocab(self)
            self._vocab = weakref.ref(vocab)
        return vocab

    @property
    def metadata(self) -> Mapping[str, str]:
        """The scalar values of the file's header, as text (llama_model_meta_val_str_by_index); arrays are left out."""
        if self._metadata is None:
            count = self.share(lib.llama_model_meta_count, self.ptr)
            key, value = lib.llama_model_meta_key_by_index, lib.llama_model_meta_val_str_by_index
            self._metadata = {self._string(key, i): self._string(value, i) for i in range(count)}
        return self._metadata

    @property
    def fingerprint(self) -> str:
        """A hash of what the file says of itself, to recognise a state that another model saved."""
        import hashlib
        import json

        facts = [self.description, self.n_params, self.size, self.n_embd, self.n_layer, dict(self.metadata)]
        text = json.dumps(facts, sort_keys=True, ensure_ascii=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @cached_property
    def has_position_embeddings(self) -> bool:
        """Whether each position has an embedding of its own, so that there are no more than `n_ctx_train`.

        Past the last one ggml's worker threads would assert, which nothing can catch. Reads the file's header again,
        as llama.cpp does not tell; True when that fails.
        """
        params = ffi.new("struct gguf_init_params *", {"no_alloc": True})
        header = lib.gguf_init_from_file(os.fsencode(self.path), params[0])
        if not header:
            return True
        try:
            return lib.gguf_find_tensor(header, b"position_embd.weight") >= 0
        finally:
            lib.gguf_free(header)

    def chat_template(self, name: str | None = None) -> str | None:
        """The chat template in the file, or the one of that name; None when there is none.

        llama_model_chat_template.
        """
        chars = self.share(lib.llama_model_chat_template, self.ptr, ffi.NULL if name is None else name.encode())
        return ffi.string(chars).decode("utf-8", "replace") if chars else None

    def context(self, **options: Unpack[ContextOptions]) -> Context:
        """Make a Context on this model; the options are the fields of llama_context_params, by their names."""
        from llamacffi.core.context import Context

        return Context(self, **options)

    def _load(self, params: Any, progress: Callable[[float], object] | None) -> Any:
        interrupt = Interrupt(progress)
        params.progress_callback = interrupt.load_progress
        params.progress_callback_user_data = interrupt.c
        native_errors()  # what earlier calls left behind is not this load's reason
        try:
            with interrupt:
                ptr = lib.llama_model_load_from_file(os.fsencode(self.path), params[0])
                if ptr and interrupt.raised:
                    lib.llama_model_free(ptr)
        except NativeError as error:
            raise ModelLoadError(str(self.path), str(error)) from error
        if not ptr:
            raise ModelLoadError(str(self.path), native_errors() or "llama.cpp gave no reason")
        return ptr

    def _read_facts(self) -> None:
        ptr = self.ptr
        self.description: str = self._string(_describe)
        """Architecture, size and quantization in a few words (llama_model_desc)."""
        self.n_ctx_train: int = lib.llama_model_n_ctx_train(ptr)
        """How many positions the model was trained with."""
        self.n_embd: int = lib.llama_model_n_embd(ptr)
        """The width of an embedding."""
        self.n_embd_out: int = lib.llama_model_n_embd_out(ptr)
        """The width of an embedding that the model puts out."""
        self.n_layer: int = lib.llama_model_n_layer(ptr)
        # Of a vocabulary alone llama.cpp knows no layers, and asserts when it is asked for theirs.
        self.n_head: int = 0 if self.vocab_only else lib.llama_model_n_head(ptr)
        self.n_head_kv: int = 0 if self.vocab_only else lib.llama_model_n_head_kv(ptr)
        width = self.metadata.get(f"{self.metadata.get('general.architecture')}.attention.key_length")
        self.n_embd_head: int = int(width) if width else self.n_embd // max(1, self.n_head)
        """The width of one attention head's keys."""
        self.n_swa: int = lib.llama_model_n_swa(ptr)
        """The width of the sliding window, 0 without one."""
        self.size: int = lib.llama_model_size(ptr)
        """Bytes of all tensors."""
        self.n_params: int = lib.llama_model_n_params(ptr)
        self.has_encoder: bool = lib.llama_model_has_encoder(ptr)
        self.has_decoder: bool = lib.llama_model_has_decoder(ptr)
        self.is_recurrent: bool = lib.llama_model_is_recurrent(ptr)
        self.is_hybrid: bool = lib.llama_model_is_hybrid(ptr)

    def _string(self, function: Callable[..., int], *args: object) -> str:
        room = 256
        while True:
            buffer: Any = ffi.new("char[]", room)
            n = self.share(function, self.ptr, *args, buffer, room)
            if n < room:
                return bytes(ffi.unpack(buffer, max(n, 0))).decode("utf-8", "replace")
            room = n + 1


def _describe(model: Any, buffer: Any, room: int) -> int:
    return lib.llama_model_desc(model, buffer, room)


def _check_file(path: Path) -> None:
    """Refuse what is no GGUF file, with a better reason than llama.cpp has."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ModelLoadError(str(path), "it is a folder; name the .gguf file in it")
        if not stat.S_ISREG(status.st_mode):
            raise ModelLoadError(str(path), "it is not a regular file")
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise ModelLoadError(str(path), "there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if isinstance(error, ModelLoadError):
            raise
        raise ModelLoadError(str(path), getattr(error, "strerror", None) or str(error)) from error
    if status.st_size == 0:
        raise ModelLoadError(str(path), "the file is empty; the download may have failed")
    if magic != _MAGIC:
        raise ModelLoadError(str(path), f"it is not a GGUF file: it begins with {magic!r} instead of {_MAGIC!r}")
