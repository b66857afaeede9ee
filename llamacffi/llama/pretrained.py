"""A Llama of a repository of the Hugging Face Hub."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any, Literal

from llamacffi.llama.options import DEFAULTS, LlamaOptions, given
from llamacffi.llama.signature import spelt_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from typing_extensions import Self, Unpack

    from llamacffi import hub

__all__ = ["AsyncPretrained", "Pretrained"]


class Pretrained:
    """Adds `from_pretrained`, to a class that takes the path of a model and its options."""

    @classmethod
    @spelt_out(LlamaOptions, DEFAULTS)
    def from_pretrained(
        cls,
        repo_id: str,
        filename: str | None = None,
        additional_files: Sequence[str] | None = None,
        local_dir: str | os.PathLike[str] | None = None,
        local_dir_use_symlinks: bool | Literal["auto"] = "auto",  # noqa: FBT001 - as others call it
        cache_dir: str | os.PathLike[str] | None = None,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        local_files_only: bool = False,
        download_progress: hub.Progress | bool | None = None,
        **options: Unpack[LlamaOptions],
    ) -> Self:
        """Load a model from a repository of the Hugging Face Hub, downloaded when it is not here yet.

        `filename` is a file, a pattern (`"*Q4_K_M.gguf"`, of files in whatever folder) or a quantisation (`"Q4_K_M"`);
        the usual one when None. All parts of a split model come; `additional_files` are files and patterns of others.
        `mmproj=True` brings the repository's projector of pictures and sound too, and a text the file of it, or what
        fits a pattern: `"mmproj*F16.gguf"`. They lie in the Hub's cache (`cache_dir` is another one), or in `local_dir`
        with the folders that they have in the repository. `revision` is a branch, tag or commit, `token` another than
        the machine's own. With `local_files_only` the Hub is not asked. `download_progress` is called with bytes, done
        and in all; True draws a bar on a terminal, and so does None with `verbose`. The other options are those of the
        class.

        Raises ModelLoadError with the reason, also without huggingface_hub.
        """
        path, options = _files(
            (repo_id, filename),
            local_dir_use_symlinks,
            options,
            additional_files=additional_files,
            local_dir=local_dir,
            cache_dir=cache_dir,
            revision=revision,
            token=token,
            local_files_only=local_files_only,
            progress=download_progress,
        )
        # What a class is made with, the one that this is mixed with says.
        made: Callable[..., Self] = cls
        return made(path, **options)


class AsyncPretrained:
    """The same for a class that has `load`."""

    if TYPE_CHECKING:

        @classmethod
        async def load(cls, model_path: str | os.PathLike[str], **options: Unpack[LlamaOptions]) -> Self:
            """Load the model in another thread."""

    @classmethod
    @spelt_out(LlamaOptions, DEFAULTS)
    async def from_pretrained(
        cls,
        repo_id: str,
        filename: str | None = None,
        additional_files: Sequence[str] | None = None,
        local_dir: str | os.PathLike[str] | None = None,
        local_dir_use_symlinks: bool | Literal["auto"] = "auto",  # noqa: FBT001 - as others call it
        cache_dir: str | os.PathLike[str] | None = None,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        local_files_only: bool = False,
        download_progress: hub.Progress | bool | None = None,
        **options: Unpack[LlamaOptions],
    ) -> Self:
        """As `Llama.from_pretrained`; the event loop does other work meanwhile."""
        import asyncio

        path, options = await asyncio.to_thread(
            _files,
            (repo_id, filename),
            local_dir_use_symlinks,
            options,
            additional_files=additional_files,
            local_dir=local_dir,
            cache_dir=cache_dir,
            revision=revision,
            token=token,
            local_files_only=local_files_only,
            progress=download_progress,
        )
        return await cls.load(path, **options)


def _files(
    name: tuple[str, str | None],
    local_dir_use_symlinks: object,
    options: LlamaOptions,
    *,
    progress: hub.Progress | bool | None,
    **where: Any,
) -> tuple[Path, LlamaOptions]:
    """The model's file, and the options with the projector's."""
    from llamacffi import hub

    given(options)  # raises what is to be said of them before a long download
    if local_dir_use_symlinks != "auto":
        message = "local_dir_use_symlinks does nothing any more: with local_dir the files themselves lie there"
        warnings.warn(message, DeprecationWarning, stacklevel=3)
    if progress is None:
        progress = bool(options.get("verbose", True))
    path = hub.pretrained(*name, progress=progress, **where)
    wanted = options.get("mmproj")
    # A file of one's own is one, whatever the repository has.
    if wanted is True or (isinstance(wanted, str) and not os.path.exists(wanted) and not wanted.startswith("hf:")):  # noqa: PTH110
        where.pop("additional_files")
        file = None if wanted is True else wanted
        options = {**options, "mmproj": hub.pretrained_mmproj(name[0], file, progress=progress, **where)}
    return path, options
