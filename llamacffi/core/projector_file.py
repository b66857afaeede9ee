"""The file of a projector: whether it is whole, and which one belongs to a model that says nothing of it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from llamacffi.core import compat
from llamacffi.core.gguf import GGUFFile
from llamacffi.errors import LlamaError, ModelLoadError

if TYPE_CHECKING:
    from pathlib import Path

    from llamacffi.core.loading import ModelFile
    from llamacffi.core.model import Model

__all__ = ["check_projector", "modalities", "projector_file"]

_WIDTHS = ("clip.vision.projection_dim", "clip.audio.projection_dim")
_KINDS = {"image": "clip.has_vision_encoder", "audio": "clip.has_audio_encoder"}
_WORD = re.compile(r"[a-z0-9]+")


def projector_file(model: Model, file: ModelFile) -> Path | None:
    """The projector beside a model's file, or in the repository that `file` names; None when there is none.

    In a folder of many models it is the one whose name is most like the model's, of those with its width. Raises
    ModelLoadError for a download that fails.
    """
    found = _beside(model)
    # A name that is too long for a path is no error here.
    if found is not None or not isinstance(file, str) or os.path.exists(file):  # noqa: PTH110
        return found
    from llamacffi.hub import mmproj

    found = mmproj(file)
    return found if found is None or _fits(model, found) else None


def modalities(path: Path | None) -> frozenset[str]:
    """What a projector takes, "image" and "audio", by what its file says. Raises ModelLoadError."""
    if path is None:
        return frozenset()
    metadata = GGUFFile(path).metadata
    return frozenset(kind for kind, key in _KINDS.items() if metadata.get(key))


def check_projector(path: Path) -> None:
    """Refuse what llama.cpp does not look at: a file that ends in a tensor, and an encoder of sound without blocks.

    Raises ModelLoadError.
    """
    with GGUFFile(path) as file:
        tensors, n_sound_blocks = file.tensors, file.metadata.get("clip.audio.block_count")
    end = max((tensor.offset + tensor.size for tensor in tensors.values()), default=0)
    size = path.stat().st_size
    if size < end:
        raise ModelLoadError(str(path), f"it has {size} of {end} bytes; the download may have failed")
    if n_sound_blocks == 0 and "a.conv1d.1.weight" in tensors:  # of Whisper's kind
        raise ModelLoadError(str(path), "clip.audio.block_count is 0: its encoder has no blocks")


def _beside(model: Model) -> Path | None:
    from llamacffi.hub.repo_files import choose_mmproj

    folder = model.path.parent
    try:
        names = [one.name for one in folder.iterdir()]
    except OSError:
        return None
    words = _words(model.path.name)
    fitting = [name for name in names if choose_mmproj([name]) and _fits(model, folder / name)]
    most = max((len(words & _words(name)) for name in fitting), default=0)
    chosen = choose_mmproj([name for name in fitting if len(words & _words(name)) == most])
    return None if chosen is None else folder / chosen


def _fits(model: Model, path: Path) -> bool:
    """Whether what a projector gives is as wide as what the model takes."""
    try:
        metadata = GGUFFile(path).metadata
    except (LlamaError, OSError):
        return False
    widths = {metadata[key] for key in _WIDTHS if key in metadata}
    return not widths or bool(widths & {model.n_embd, compat.n_embd_inp(model.ptr)})


def _words(name: str) -> set[str]:
    return set(_WORD.findall(name.lower()))
