"""What turns pictures and sound into embeddings of a text model: a projector, llama.cpp's mmproj file."""

from __future__ import annotations

import os
import reprlib
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from llamacffi._native import Handle, ffi, lib, native_errors, start
from llamacffi._native.arrays import copy_floats, lend
from llamacffi._native.convert import integer
from llamacffi.core import compat
from llamacffi.core.files import located
from llamacffi.core.fingerprint import of_files
from llamacffi.core.gguf import check_file
from llamacffi.core.media import Media
from llamacffi.core.media_tokens import tokens_of
from llamacffi.core.projector_file import check_projector
from llamacffi.core.sound_files import wav_of
from llamacffi.core.threads import usable_cores
from llamacffi.errors import MediaError, ModelLoadError, NativeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from llamacffi.core.model import Model

__all__ = ["MediaChunk", "Projector", "TextChunk"]

_KINDS: dict[int, Literal["image", "audio"]] = {1: "image", 2: "audio"}  # enum mtmd_input_chunk_type
_FAULTS = {
    1: "as many media are wanted as there are markers",
    2: "the media could not be prepared for this model",
}


@dataclass(frozen=True)
class TextChunk:
    """Tokens between media: those of the text, and those that the model's format has before and after a picture."""

    tokens: tuple[int, ...]

    @property
    def n_tokens(self) -> int:
        """How many cells of a context they take."""
        return len(self.tokens)


class MediaChunk(Handle):
    """A picture or a sound as a model takes it: prepared, and yet to be encoded."""

    def __init__(self, ptr: Any, projector: Projector, media: Media, part: int) -> None:
        super().__init__(ptr, lib.mtmd_input_chunk_free)  # a copy, which outlives the projector
        self.projector = projector
        self.media = media
        self.key = f"{projector.kin}/{media.id}/{part}"
        """Of what it holds: some models take a picture in several parts."""
        self.kind = _KINDS[lib.mtmd_input_chunk_get_type(ptr)]
        """"image" or "audio"."""
        self.n_tokens: int = lib.mtmd_input_chunk_get_n_tokens(ptr)
        """Embeddings that it becomes, and cells of a context that they take."""
        self.n_pos: int = lib.mtmd_input_chunk_get_n_pos(ptr)
        """By how many positions the text goes on after it; with M-RoPE fewer than there are embeddings."""
        self.is_causal: bool = not lib.mtmd_decode_use_non_causal(projector.ptr, ptr)
        """Whether its embeddings are decoded as text is, and not all in sight of each other."""

    def positions(self, pos0: int) -> NDArray[np.int32] | None:
        """Where its embeddings are when text goes on at `pos0`, int32[n_tokens, 4], in a model with M-RoPE; else None.

        Raises ValueError for a place that no text can have. (mtmd_helper_image_get_decoder_pos.)
        """
        if not self.projector.uses_mrope or self.kind != "image":
            return None
        pos0 = integer("pos0", pos0, 0, 2**31 - 1 - self.n_tokens)
        found = ffi.new("struct mtmd_decoder_pos[]", self.n_tokens)
        ptr = self.ptr  # which holds the image
        image = lib.mtmd_input_chunk_get_tokens_image(ptr)
        lib.mtmd_helper_image_get_decoder_pos(image, pos0, found)
        rows = [(found[i].t, found[i].y, found[i].x, found[i].z) for i in range(self.n_tokens)]
        return np.array(rows, np.int32)

    def __repr__(self) -> str:
        return f"<MediaChunk: {self.media!r}, {self.n_tokens} embeddings>"


class Projector(Handle):
    """A projector of one model (mtmd_init_from_file).

    `n_threads` compute what it encodes, by default half of the cores, so that text is decoded meanwhile; on the CPU
    where `use_gpu` is False. A model whose pictures have as many
    embeddings as their size asks for gets from `image_min_tokens` to `image_max_tokens` of them. What was encoded last
    is kept, up to `cache_bytes`: the same picture is encoded once, whoever asks. Raises ModelLoadError with llama.cpp's
    reason, for a projector of another model too.
    """

    def __init__(
        self,
        model: Model,
        path: str | os.PathLike[str],
        *,
        use_gpu: bool = True,
        n_threads: int | None = None,
        image_min_tokens: int | None = None,
        image_max_tokens: int | None = None,
        cache_bytes: int = 2**28,
    ) -> None:
        start()
        if model.vocab_only or model.no_alloc:
            raise ModelLoadError(str(path), "the model was loaded without its weights, which its projector goes with")
        self._model = weakref.ref(model)  # which may hold it
        self.description = model.description
        """The model's."""
        self.path = located(path)
        check_file(self.path)
        check_projector(self.path)
        self.kin = f"{of_files([self.path])}-{image_min_tokens}-{image_max_tokens}"
        """By what the same media become other embeddings: the file, and how large pictures may be."""
        params = lib.mtmd_context_params_default()
        params.use_gpu, params.print_timings = bool(use_gpu), False
        params.n_threads = max(1, usable_cores() // 2) if n_threads is None else integer("n_threads", n_threads, 1, 512)
        for name, number in (("image_min_tokens", image_min_tokens), ("image_max_tokens", image_max_tokens)):
            if number is not None:
                setattr(params, name, integer(name, number, 1, 2**20))
        native_errors()  # what earlier calls left behind is not this one's reason
        try:
            ptr = model.share(lib.mtmd_init_from_file, os.fsencode(self.path), model.ptr, params)
        except NativeError as error:
            raise ModelLoadError(str(self.path), str(error)) from error
        if not ptr:
            raise ModelLoadError(str(self.path), native_errors() or "it is no projector of this model")
        super().__init__(ptr, lib.mtmd_free, model)
        self.n_threads: int = params.n_threads
        self._keeping = threading.Lock()
        self._cache_bytes = integer("cache_bytes", cache_bytes, 0, 2**63 - 1)
        self._cached: OrderedDict[str, NDArray[np.float32]] = OrderedDict()  # the last one was used last
        self.n_encoded = 0
        """How many media it has encoded."""
        self.n_embd: int = compat.n_embd_inp(model.ptr)
        """The width of what it gives, which is what the model takes in place of tokens."""
        self.sees: bool = lib.mtmd_support_vision(ptr)
        """Whether it takes pictures."""
        self.hears: bool = lib.mtmd_support_audio(ptr)
        """Whether it takes sound."""
        rate: int = lib.mtmd_get_audio_sample_rate(ptr)
        self.sample_rate: int | None = rate if rate > 0 else None
        """Of the sound that it computes with; others are resampled."""
        self.uses_mrope: bool = lib.mtmd_decode_use_mrope(ptr)
        """Whether positions in a picture have several dimensions."""
        self.marker: str = ffi.string(lib.mtmd_get_marker(ptr)).decode()
        """What stands for a medium in a text of llama.cpp's own."""

    def __repr__(self) -> str:
        kinds = " and ".join(kind for kind, is_there in (("pictures", self.sees), ("sound", self.hears)) if is_there)
        return f"<Projector {self.path.name} of {self.description}: {kinds}>"

    def is_of(self, model: Model) -> bool:
        """Whether it was loaded for this model."""
        return self._model() is model

    def prompt(
        self, parts: Sequence[str | Media], *, add_special: bool = True, parse_special: bool = True
    ) -> list[int]:
        """The token ids of texts and media in their order, for whatever takes a prompt; see `chunks`.

        Each embedding of a medium is a number below 0 (`core.media_tokens`), and is computed when it is decoded. The
        list can be cut and put together as others can.
        """
        tokens: list[int] = []
        for chunk in self.chunks(parts, add_special=add_special, parse_special=parse_special):
            tokens += chunk.tokens if isinstance(chunk, TextChunk) else tokens_of(chunk)
        return tokens

    def cached(self, chunk: MediaChunk) -> NDArray[np.float32] | None:
        """What `encode` gave for the same medium and was kept; None for what is to be computed."""
        with self._keeping:
            rows = self._cached.get(chunk.key)
            if rows is not None:
                self._cached.move_to_end(chunk.key)
            return rows

    def chunks(
        self, parts: Sequence[str | Media], *, add_special: bool = True, parse_special: bool = True
    ) -> list[TextChunk | MediaChunk]:
        """Texts and media as the model takes them, in their order (mtmd_tokenize_from_parts).

        A text is tokenized as `Vocab.tokenize` does, with BOS before the first with `add_special`; around a picture are
        the tokens that the model's format wants. Nothing in a text stands for a medium, whatever it looks like. Raises
        MediaError for a kind that the projector does not take, and for what cannot be prepared.
        """
        texts: list[Any] = []
        bitmaps: dict[str, tuple[Handle, Media]] = {}  # by their names: which of the media a chunk is of
        table = []
        part: Any
        for part in parts:
            one = ffi.new("mtmd_input_part *")
            if isinstance(part, str):
                data = ffi.from_buffer(part.encode("utf-8"))
                text = ffi.new("mtmd_input_text *", {"text": data, "text_len": len(data)})
                text.add_special, text.parse_special = False, parse_special
                texts += [data, text]
                one.text = text
            elif not isinstance(part, Media):
                message = f"a part of a prompt is {reprlib.repr(part)}, but must be a text or Media"
                raise TypeError(message)
            else:
                bitmap = self._bitmap(part)
                name = str(len(bitmaps))
                lib.mtmd_bitmap_set_id(bitmap.ptr, name.encode())
                bitmaps[name] = bitmap, part
                one.bitmap = bitmap.ptr
            table.append(one)
        if not table:
            return []
        output = Handle(lib.mtmd_input_chunks_init(), lib.mtmd_input_chunks_free)
        native_errors()
        try:
            given = ffi.new("mtmd_input_part *[]", table)
            status = self.share(
                compat.function("mtmd_tokenize_from_parts"), self.ptr, output.ptr, given, len(table), add_special
            )
        except NativeError as error:
            message = f"the media cannot be prepared for {self.description}: {error}"
            raise MediaError(message) from error
        if status:
            reason = native_errors() or _FAULTS.get(status, f"status {status}")
            message = f"the media cannot be prepared for {self.description}: {reason}"
            raise MediaError(message)
        del texts
        return self._read(output.ptr, {name: media for name, (_, media) in bitmaps.items()})

    def encode(self, chunk: MediaChunk) -> NDArray[np.float32]:
        """The embeddings of a picture or a sound, float32[n_tokens, n_embd] (mtmd_encode_chunk); read only.

        One is encoded at a time, and cannot be stopped in the middle. Raises MediaError with llama.cpp's reason, and
        ValueError for a chunk of another projector.
        """
        if chunk.projector is not self:
            message = f"{chunk!r} was made by {chunk.projector!r}, which must encode it, and not by {self!r}"
            raise ValueError(message)
        with self.exclusive():
            rows = self.cached(chunk)
            if rows is None:
                rows = self._encoded(chunk)
                self._keep(chunk.key, rows)
            return rows

    def _encoded(self, chunk: MediaChunk) -> NDArray[np.float32]:
        native_errors()
        ptr = self.ptr  # which holds what is read below
        status = self.call(lib.mtmd_encode_chunk, chunk.ptr)
        if status:
            message = f"{chunk.media!r} cannot be encoded: {native_errors() or f'status {status}'}"
            raise MediaError(message)
        self.n_encoded += 1
        rows = copy_floats(lib.mtmd_get_output_embd(ptr), chunk.n_tokens * self.n_embd)
        rows.flags.writeable = False
        return rows.reshape(chunk.n_tokens, self.n_embd)

    def _keep(self, key: str, rows: NDArray[np.float32]) -> None:
        with self._keeping:
            self._cached[key] = rows
            n_bytes = sum(one.nbytes for one in self._cached.values())
            while n_bytes > self._cache_bytes:
                _, dropped = self._cached.popitem(last=False)
                n_bytes -= dropped.nbytes

    def _bitmap(self, media: Media) -> Handle:
        """What mtmd takes; decoded by it where it is a file of sound."""
        takes = self.sees if media.kind == "image" else self.hears
        if not takes:
            message = f"{self!r} takes no {'pictures' if media.kind == 'image' else 'sound'}"
            raise MediaError(message)
        data: Any = media.data
        if media.kind == "image":
            height, width, _ = data.shape
            bitmap = lib.mtmd_bitmap_init(width, height, lend("unsigned char[]", np.ascontiguousarray(data)))
        elif media.sample_rate is not None and media.sample_rate == self.sample_rate:
            bitmap = lib.mtmd_bitmap_init_from_audio(len(data), lend("float[]", data))
        else:
            bitmap = self._decoded(data if media.sample_rate is None else wav_of(data, media.sample_rate))
        return Handle(bitmap, lib.mtmd_bitmap_free)

    def _decoded(self, data: bytes) -> Any:
        native_errors()
        options = lib.mtmd_helper_init_opt_default()
        try:
            found = self.share(
                lib.mtmd_helper_bitmap_init_from_buf, self.ptr, lend("unsigned char[]", data), len(data), False, options
            )
        except NativeError as error:
            message = f"the sound cannot be decoded: {error}"
            raise MediaError(message) from error
        if not found.bitmap:
            message = f"the sound cannot be decoded: {native_errors() or 'WAV, MP3 and FLAC are known'}"
            raise MediaError(message)
        return found.bitmap

    def _read(self, chunks: Any, media: dict[str, Media]) -> list[TextChunk | MediaChunk]:
        found: list[TextChunk | MediaChunk] = []
        n = ffi.new("size_t *")
        last, part = "", 0
        for i in range(lib.mtmd_input_chunks_size(chunks)):
            chunk = lib.mtmd_input_chunks_get(chunks, i)
            if lib.mtmd_input_chunk_get_type(chunk) == lib.MTMD_INPUT_CHUNK_TYPE_TEXT:
                tokens = lib.mtmd_input_chunk_get_tokens_text(chunk, n)
                found.append(TextChunk(tuple(tokens[0 : n[0]])))
            else:
                name = ffi.string(lib.mtmd_input_chunk_get_id(chunk)).decode()
                part = part + 1 if name == last else 0
                last = name
                found.append(MediaChunk(lib.mtmd_input_chunk_copy(chunk), self, media[name], part))
        return found
