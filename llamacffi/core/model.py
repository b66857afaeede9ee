"""A model's weights in memory."""

from __future__ import annotations

import os
import threading
import weakref
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi._native import Handle, Interrupt, ffi, lib, native_errors, start, to_c_options
from llamacffi._native.convert import text
from llamacffi._native.digest import xxh3
from llamacffi._native.options import MODEL_OPTIONS
from llamacffi.core import compat, fit, overrides, placement, rpc, rpc_peer
from llamacffi.core.files import replaced
from llamacffi.core.gguf import check_complete, complete_metadata
from llamacffi.core.loading import refusal, source_of
from llamacffi.core.vocab import Vocab
from llamacffi.errors import MediaError, ModelLoadError, NativeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Self, Unpack

    from llamacffi._native.options import ModelOptions
    from llamacffi.core.adapter import Adapter
    from llamacffi.core.backend import Device
    from llamacffi.core.context import Context
    from llamacffi.core.context_params import ContextArguments
    from llamacffi.core.fit import FittedParams
    from llamacffi.core.gguf import TensorInfo
    from llamacffi.core.loading import ModelArguments, ModelFile, Source
    from llamacffi.core.metadata import Metadata
    from llamacffi.core.projector import Projector

__all__ = ["Model"]


class Model(Handle):
    """A model, loaded from a file (llama_model_load_from_file).

    `file` is a path (of a split model, its first part), a name (`"hf:owner/repo:Q4_K_M"`, see `hub.resolve`), the paths
    of all parts in their order, an open binary file whose position is where the GGUF begins, or an InMemory.
    `progress` is called with a number from 0 to 1, at most every 20 ms; what it raises stops the load and comes out
    here. `devices` are those to offload layers to, all that
    there are when None. `rpc_servers` adds those of servers on other machines, "host:port" each. `n_cpu_moe` keeps the
    experts of that many first layers on the CPU. `mmproj` is the projector of pictures and sound: a file, or True for
    the one beside the model or in its repository, if there is any; it is loaded when it is first needed. The other
    options are the fields of llama_model_params, by their names; `n_gpu_layers="auto"` offloads as many layers as fit,
    and leaves what it found in `fitted`.

    Raises ModelLoadError with llama.cpp's own reason, TypeError and ValueError for an option that it does not take,
    BackendError when no backend could be loaded or an RPC server does not answer.
    """

    def __init__(
        self,
        file: ModelFile,
        *,
        progress: Callable[[float], object] | None = None,
        devices: Sequence[Device | str] | None = None,
        rpc_servers: Sequence[str] = (),
        n_cpu_moe: int = 0,
        mmproj: str | os.PathLike[str] | bool = True,
        **options: Unpack[ModelOptions],
    ) -> None:
        start()
        _check_mmproj(mmproj)
        interrupt = Interrupt(progress)
        params = ffi.new("struct llama_model_params *", lib.llama_model_default_params())
        tables = overrides.with_cpu_experts(options, n_cpu_moe)
        auto = isinstance(options.get("n_gpu_layers"), str) and options["n_gpu_layers"] == "auto"
        if auto:
            fit.check_free_to_fit(tables)
        # What the structure points to, until the load is over.
        pins = overrides.apply(params, tables)
        done = {*overrides.NAMES, "n_gpu_layers"} if auto else overrides.NAMES
        plain = {name: value for name, value in options.items() if name not in done}
        to_c_options(params, plain, MODEL_OPTIONS, "Model")
        self._source = source_of(file)
        self._mmproj: str | os.PathLike[str] | bool | Projector = mmproj
        self._file = file
        self._projecting = threading.Lock()
        self.path: Path = self._source.path
        pointers = placement.chosen(devices, rpc_servers)
        if pointers is not None:
            params.devices = pins["devices"] = placement.table(pointers)
        placement.warn_without_gpu(options.get("n_gpu_layers"), pointers, stacklevel=2)
        self.fitted: FittedParams | None = None
        """What `n_gpu_layers="auto"` found, with an `n_ctx` that fits beside the model; None without it."""
        with rpc.connected(pointers or ()):
            if auto:
                self.fitted = fit.fit(self._one_path(file), params, pins, pointers or (), context={})
            ptr, layers = _load(self._source, params, interrupt)
            self.peers: list[rpc_peer.Peer] = []
            """The servers that it is connected to; `check_servers` asks them."""
            super().__init__(ptr, partial(rpc_peer.free_with, self.peers, lib.llama_model_free))
            self._connections = rpc.stay_connected(pointers or (), self)
            self.peers += [connection.peer for connection in self._connections]
        self.layer_devices: tuple[str, ...] = layers
        """The name of the device that each layer is on; the last one holds the output. () for a vocabulary alone."""
        self.vocab_only: bool = params.vocab_only
        self.no_alloc: bool = bool(compat.option(params, "no_alloc"))
        self.load_mtp: bool = bool(compat.option(params, "load_mtp"))
        """Whether the layers that predict further tokens were loaded, if it has any."""
        # Now, as the file may be another later; of 256 pieces, which the load has just read.
        self._weights = "" if self.vocab_only or self.no_alloc else self._source.fingerprint()
        self._overridden = dict(options.get("kv_overrides") or {})
        self._repacks: bool = params.use_extra_bufts
        self._vocab: weakref.ref[Vocab] | None = None
        self._read_facts()
        del pins

    @classmethod
    def from_pretrained(
        cls,
        repo_id: str,
        filename: str | None = None,
        *,
        additional_files: Sequence[str] | None = None,
        local_dir: str | os.PathLike[str] | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        revision: str | None = None,
        token: str | bool | None = None,
        local_files_only: bool = False,
        download_progress: Callable[[int, int], object] | bool = True,
        **options: Unpack[ModelArguments],
    ) -> Self:
        """Load a model from a repository of the Hugging Face Hub, downloaded when it is not here yet.

        `filename` is a file, a pattern ("*Q4_K_M.gguf") or a quantisation, and `hub.pretrained` says what the others
        are. `download_progress` is called with bytes, done and in all; True draws a bar on a terminal. The other
        options are those of `Model`. Raises ModelLoadError with the reason, also without huggingface_hub.
        """
        from llamacffi.hub import pretrained

        path = pretrained(
            repo_id,
            filename,
            additional_files=additional_files,
            local_dir=local_dir,
            cache_dir=cache_dir,
            revision=revision,
            token=token,
            local_files_only=local_files_only,
            progress=download_progress,
        )
        return cls(path, **options)

    def __repr__(self) -> str:
        where = f", {placement.described(self.layer_devices)}" if self.layer_devices else ""
        return f"<Model {self.description}, {self.path.name}{where}>"

    def check_servers(self) -> None:
        """Raise BackendError when an RPC server that the model has layers on is gone; llama.cpp would abort."""
        for peer in self.peers:
            peer.check()

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
    def mmproj(self) -> Path | None:
        """The projector's file, found or given; None where there is none. Raises ModelLoadError."""
        from llamacffi.core.projector_file import projector_file

        if isinstance(self._mmproj, bool):
            found = projector_file(self, self._file) if self._mmproj else None
            self._mmproj = False if found is None else found
        if self._mmproj is False or self._mmproj is True:
            return None
        return Path(self._mmproj) if isinstance(self._mmproj, (str, os.PathLike)) else self._mmproj.path

    @property
    def projector(self) -> Projector:
        """What turns pictures and sound into embeddings, loaded when first asked for.

        Raises MediaError where the model has none, ModelLoadError for one that cannot be loaded.
        """
        from llamacffi.core.projector import Projector

        with self._projecting:
            path = self.mmproj
            if path is None:
                message = (
                    f"{self.description} takes text alone: there is no projector beside {self.path.name}; give one as "
                    'Model(…, mmproj="mmproj-….gguf")'
                )
                raise MediaError(message)
            if not isinstance(self._mmproj, Projector):
                self._mmproj = Projector(self, path)
            return self._mmproj

    def set_projector(self, projector: Projector | None) -> None:
        """Take this one for pictures and sound from now on, or none. Raises ValueError for one of another model."""
        if projector is not None and not projector.is_of(self):
            message = f"{projector!r} was loaded for another model than {self!r}; make a Projector of this one"
            raise ValueError(message)
        with self._projecting:
            self._mmproj = False if projector is None else projector

    @cached_property
    def metadata(self) -> Metadata:
        """The keys and values of the file, typed, arrays too; read from the file when first asked for.

        As they are in the file: `kv_overrides` do not show. Raises ModelLoadError when the file is no longer there.
        """
        return self._source.metadata()

    @cached_property
    def metadata_text(self) -> Mapping[str, str]:
        """The scalar values as llama.cpp keeps them: text (llama_model_meta_val_str_by_index); arrays are left out."""
        count = self.share(lib.llama_model_meta_count, self.ptr)
        key, value = lib.llama_model_meta_key_by_index, lib.llama_model_meta_val_str_by_index
        return {self._string(key, i): self._string(value, i) for i in range(count)}

    @cached_property
    def tensors(self) -> Mapping[str, TensorInfo]:
        """Name, type, shape and place of every tensor in the file or its parts; read when first asked for.

        Raises ModelLoadError when a file is no longer there.
        """
        return self._source.tensors()

    @cached_property
    def fingerprint(self) -> str:
        """Hashes of what the file says of itself, with `kv_overrides`, and of 256 pieces of it.

        A state of another model is recognised by it.
        """
        import json

        facts = [self.description, self.n_params, self.size, self.n_embd, self.n_layer, dict(self.metadata_text)]
        facts += [self._overridden] if self._overridden else []
        text = json.dumps(facts, sort_keys=True, ensure_ascii=True)
        return f"{xxh3(text.encode()).hex()}-{self._weights}"

    @cached_property
    def has_position_embeddings(self) -> bool:
        """Whether each position has an embedding of its own, so that there are no more than `n_ctx_train`.

        Past the last one ggml's worker threads would assert, which nothing can catch. Reads the file's header again,
        as llama.cpp does not tell; True when that fails.
        """
        try:
            return "position_embd.weight" in self.tensors
        except ModelLoadError:
            return True

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of a classifier's outputs, in their order; () when the file has none (llama_model_cls_label)."""
        n = self.share(lib.llama_model_n_cls_out, self.ptr)
        labels = [self.share(lib.llama_model_cls_label, self.ptr, i) for i in range(n)]
        return tuple(ffi.string(chars).decode("utf-8", "replace") for chars in labels if chars)

    @property
    def decoder_start_token(self) -> int | None:
        """What an encoder-decoder model's decoder begins with; None for others (llama_model_decoder_start_token)."""
        token = self.share(lib.llama_model_decoder_start_token, self.ptr)
        return token if token >= 0 else None

    def chat_template(self, name: str | None = None) -> str | None:
        """The chat template in the file, or the one of that name; None when there is none.

        llama_model_chat_template.
        """
        wanted = ffi.NULL if name is None else text("the name of a chat template", name).encode()
        chars = self.share(lib.llama_model_chat_template, self.ptr, wanted)
        return ffi.string(chars).decode("utf-8", "replace") if chars else None

    def context(self, **options: Unpack[ContextArguments]) -> Context:
        """Make a Context on this model; the options are the fields of llama_context_params, by their names."""
        from llamacffi.core.context import Context

        return Context(self, **options)

    def adapter(self, path: str | os.PathLike[str]) -> Adapter:
        """Load a LoRA adapter of this model from a file, given as `Model` takes one: by its path or its name.

        Raises ModelLoadError with llama.cpp's reason when it is of another model.
        """
        from llamacffi.core.adapter import Adapter

        return Adapter(self, path)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a GGUF file, which it replaces only when it is whole (llama_model_save_to_file).

        Raises ValueError for a model that llama.cpp holds in another layout, NativeError for an architecture that it
        cannot write, OSError.
        """
        if self.vocab_only or self.no_alloc:
            message = "the model was loaded without its weights (vocab_only or no_alloc); load it whole to save it"
            raise ValueError(message)
        quantized = {tensor.type for tensor in self.tensors.values()} - {"f32", "f16", "bf16"}
        if self._repacks and quantized:  # llama.cpp would call a function that repacked buffers do not have
            message = "llama.cpp repacks quantized weights as it loads them; load with use_extra_bufts=False to save"
            raise ValueError(message)
        with replaced(path) as temporary:
            self.share(lib.llama_model_save_to_file, self.ptr, os.fsencode(temporary))
            check_complete(temporary)
            self._source.with_header(partial(complete_metadata, temporary))

    def _one_path(self, file: ModelFile) -> Path:
        if isinstance(file, (str, os.PathLike)):
            return self.path
        message = f'n_gpu_layers="auto" needs the path of one file, not {file!r}; give a number of layers'
        raise TypeError(message)

    def _read_facts(self) -> None:
        ptr = self.ptr
        self.description: str = self._string(_describe)
        """Architecture, size and quantization in a few words (llama_model_desc)."""
        self.n_ctx_train: int = lib.llama_model_n_ctx_train(ptr)
        """How many positions the model was trained with."""
        self.n_embd: int = lib.llama_model_n_embd(ptr)
        """The width of an embedding."""
        self.n_embd_out: int = compat.n_embd_out(ptr)
        """The width of an embedding that the model puts out."""
        self.n_layer: int = lib.llama_model_n_layer(ptr)
        # Of a vocabulary alone llama.cpp knows no layers, and asserts when it is asked for theirs.
        self.n_head: int = 0 if self.vocab_only else lib.llama_model_n_head(ptr)
        self.n_head_kv: int = 0 if self.vocab_only else lib.llama_model_n_head_kv(ptr)
        text = self.metadata_text
        width = text.get(f"{text.get('general.architecture')}.attention.key_length")
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
        self.is_hybrid: bool = compat.is_hybrid(ptr, text.get("general.architecture"))

    def _string(self, function: Callable[..., int], *args: object) -> str:
        room = 256
        while True:
            buffer: Any = ffi.new("char[]", room)
            n = self.share(function, self.ptr, *args, buffer, room)
            if n < room:
                return bytes(ffi.unpack(buffer, max(n, 0))).decode("utf-8", "replace")
            room = n + 1


def _check_mmproj(mmproj: object) -> None:
    if not isinstance(mmproj, (str, os.PathLike, bool)):
        message = f"mmproj must be a file, True or False, not {mmproj!r:.100}; set_projector takes a Projector"
        raise TypeError(message)


def _describe(model: Any, buffer: Any, room: int) -> int:
    return lib.llama_model_desc(model, buffer, room)


def _load(source: Source, params: Any, interrupt: Interrupt) -> tuple[Any, tuple[str, ...]]:
    """The model, and the names of the devices that its layers are on."""
    params.progress_callback = interrupt.load_progress
    params.progress_callback_user_data = interrupt.c
    native_errors()  # what earlier calls left behind is not this load's reason
    try:
        with interrupt:
            lib.lcffi_layers_watch()
            try:
                ptr = source.load(params[0])
            finally:
                layers = ffi.string(lib.lcffi_layers_seen()).decode("utf-8", "replace")
            if ptr and interrupt.raised:
                lib.llama_model_free(ptr)
    except NativeError as error:
        raise ModelLoadError(str(source.path), str(error)) from error
    if not ptr:
        raise ModelLoadError(str(source.path), refusal(source))
    return ptr, tuple(layers.splitlines())
