"""A checksum of bytes that costs less than copying them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi._native.arrays import lend
from llamacffi._native.binding import lib

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["SIZE", "xxh3"]

SIZE = 16


def xxh3(data: Buffer) -> bytes:
    """The XXH3 hash of contiguous bytes, 128 bits; against damage, not against an adversary."""
    digest = bytearray(SIZE)
    view = memoryview(data)
    lib.lcffi_xxh3_128(lend("uint8_t[]", view), view.nbytes, lend("uint8_t[]", digest))
    return bytes(digest)
