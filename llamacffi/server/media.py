"""Pictures and sound of requests, read before anything else sees them: from the request, by a URL, from a folder.

What is read is bounded: how many there are, the bytes of each, the pixels of all, the seconds of a sound. A client's
text never becomes a path but below the folder that the settings name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from llamacffi.core.media import Media, MediaLimits
from llamacffi.core.threads import usable_cores
from llamacffi.errors import MediaError
from llamacffi.server.errors import ApiError
from llamacffi.server.media_parts import MediaSource, bytes_of, inline, too_large
from llamacffi.server.urls import FetchPolicy, fetch

if TYPE_CHECKING:
    from llamacffi.server.models.served import Served
    from llamacffi.server.settings import ServerSettings

__all__ = ["MediaIntake"]

T = TypeVar("T")
_FETCHED_AT_ONCE = 4
_FILE = "file://"
_TAKEN = {"image": "pictures", "audio": "sound"}


@dataclass(frozen=True)
class MediaIntake:
    """Reads the pictures and sounds of requests."""

    limits: MediaLimits
    """Of each; the pixels are those of all that one request has."""
    most: int
    """How many one request may have."""
    policy: FetchPolicy | None
    """Which URLs are fetched; None for none."""
    folder: Path | None
    """What `file://` URLs name files of; None for none."""
    fetched_bytes: int
    """The most that is fetched for one request."""

    @classmethod
    def of(cls, settings: ServerSettings) -> MediaIntake:
        """As the settings have it."""
        limits = MediaLimits(settings.media_bytes, settings.media_pixels, settings.media_seconds)
        policy = FetchPolicy(max_bytes=settings.media_bytes) if settings.media_urls else None
        return cls(limits, settings.media_count, policy, settings.media_path, settings.max_body_bytes)

    async def read(self, sources: Sequence[MediaSource], served: Served, salt: str | None) -> list[Media]:
        """What the sources are, each read once. Raises ApiError for what cannot be, is too much, or not for the model.

        `salt` says whose they are: what is computed of them is found by nobody else.
        """
        self._check(served, [source.kind for source in sources], sources[0].param)
        distinct = {(source.kind, source.given): source for source in sources}
        fetched = await self._fetched([source for source in distinct.values() if not _is_here(source.given)])
        media = await self._apart(self._all, list(distinct.values()), fetched, salt)
        found = dict(zip(distinct, media, strict=True))
        return [found[source.kind, source.given] for source in sources]

    async def sound(self, data: bytes, served: Served, salt: str | None, param: str) -> Media:
        """A file of sound. Raises ApiError."""
        self._check(served, ["audio"], param)
        return await self._apart(self._decoded, lambda: data, MediaSource("audio", "", param, param), salt)

    def data(self, given: Sequence[Any], served: Served, salt: str | None, param: str) -> list[Media]:
        """Pictures or sounds in base64, one after the other, in this thread. Raises ApiError."""
        media: list[Media] = []
        self._check(served, [None] * len(given), param)
        for i, one in enumerate(given):
            where = f"{param} {i}"
            if not isinstance(one, str) or not inline(one):
                message = f"{where} is {one!r:.100}, but must be a picture or a sound in base64"
                raise ApiError(400, message, param=param)
            source = MediaSource(None, one, where, param)
            media.append(self._decoded(lambda: bytes_of(one, self.limits.n_bytes), source, salt))  # noqa: B023 - called at once
            self._check(served, [media[-1].kind], param)
            self._check_pixels(media, param)
        return media

    def _check(self, served: Served, kinds: Sequence[str | None], param: str) -> None:
        """Raise ApiError for more than there may be, and for what the model does not take."""
        if len(kinds) > self.most:
            message = f"the request has {len(kinds)} pictures and sounds, but may have {self.most} (media_count)"
            raise ApiError(400, message, param=param)
        taken = served.modalities
        for kind in kinds:
            if kind in taken or (kind is None and taken):
                continue
            why = f"its projector takes {_TAKEN[next(iter(taken))]} alone" if taken else "it has no projector"
            message = (
                f"{kind or 'image'} input is not supported by the model {served.name}: {why}; the server is to be "
                "started with one that does, as --mmproj FILE"
            )
            raise ApiError(400, message, param=param)

    async def _fetched(self, sources: Sequence[MediaSource]) -> dict[str, bytes]:
        """What is behind the URLs."""
        several, found = asyncio.Semaphore(_FETCHED_AT_ONCE), dict[str, bytes]()

        async def one(source: MediaSource) -> None:
            async with several:
                try:
                    found[source.given] = await fetch(source.given, self.policy)
                except ApiError as error:
                    raise ApiError(400, f"{source.where}: {error.message}", param=source.param) from error
            if sum(map(len, found.values())) > self.fetched_bytes:
                message = f"what the request has URLs of is larger than {self.fetched_bytes} bytes (max_body_bytes)"
                raise ApiError(400, message, param=source.param)

        tasks = [asyncio.ensure_future(one(source)) for source in sources]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return found

    def _all(self, sources: Sequence[MediaSource], fetched: Mapping[str, bytes], salt: str | None) -> list[Media]:
        media: list[Media] = []
        for source in sources:
            media.append(self._decoded(lambda: self._bytes(source, fetched), source, salt))  # noqa: B023 - called at once
            self._check_pixels(media, source.param)
        return media

    def _bytes(self, source: MediaSource, fetched: Mapping[str, bytes]) -> bytes:
        if source.given in fetched:
            return fetched[source.given]
        if source.given[: len(_FILE)].lower() == _FILE:
            return self._of_folder(source.given)
        return bytes_of(source.given, self.limits.n_bytes)

    def _decoded(self, data: Callable[[], bytes], source: MediaSource, salt: str | None) -> Media:
        try:
            read = {"image": Media.image, "audio": Media.audio, None: Media.of}[source.kind]
            medium = read(data(), limits=self.limits)
        except MediaError as error:
            raise ApiError(400, f"{source.where}: {error}", param=source.param) from error
        return medium if salt is None else _owned(medium, salt)

    def _check_pixels(self, media: Sequence[Media], param: str) -> None:
        """Raise ApiError when there are too many of all pictures together: each takes three bytes."""
        pictures = [one.data for one in media if one.kind == "image" and not isinstance(one.data, bytes)]
        n = sum(data.shape[0] * data.shape[1] for data in pictures)
        if n > self.limits.pixels:
            message = f"the pictures of the request have {n} pixels, but may have {self.limits.pixels} (media_pixels)"
            raise ApiError(400, message, param=param)

    def _of_folder(self, url: str) -> bytes:
        """A file below the folder. Raises MediaError, which tells nothing of what is elsewhere."""
        if self.folder is None:
            message = "it is a file:// URL, which are read only by a server that was started with --media-path FOLDER"
            raise MediaError(message)
        data = None
        try:
            folder = self.folder.resolve(strict=True)
            path = (folder / url[len(_FILE) :]).resolve(strict=True)
            if path.is_relative_to(folder) and path.is_file():
                with path.open("rb") as file:
                    data = file.read(self.limits.n_bytes + 1)
        except (OSError, ValueError, RuntimeError):
            data = None
        if data is None:
            message = f"it is {url!r:.200}, and there is no such file below the folder of media"
            raise MediaError(message)
        if len(data) > self.limits.n_bytes:
            raise too_large(self.limits.n_bytes)
        return data

    async def _apart(self, function: Callable[..., T], *args: Any) -> T:
        """What a function returns, called in a thread for decoding: those for tokenizing are left to others."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *args)

    @cached_property
    def _executor(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max(1, usable_cores() // 2), "llamacffi-media")


def _is_here(given: str) -> bool:
    return inline(given) or given[: len(_FILE)].lower() == _FILE


def _owned(medium: Media, salt: str) -> Media:
    """A medium of one API key: what was computed of it for another would tell that it was there."""
    object.__setattr__(medium, "id", f"{medium.id}-{salt}")
    return medium
