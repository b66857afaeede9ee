"""Which functions a plug-in file gives to others, on the systems whose linker takes no plug-in: macOS and Windows."""

from __future__ import annotations

import struct
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ExportsError", "exported"]


class ExportsError(RuntimeError):
    """The file cannot be read as what its system loads."""


def exported(path: Path) -> set[str]:
    """The names that a DLL or a macOS bundle exports; a bundle's are asked of `nm`."""
    with path.open("rb") as file:
        is_dll = file.read(2) == b"MZ"
    if is_dll:
        try:
            return _of_dll(path.read_bytes())
        except (struct.error, ValueError) as error:
            raise ExportsError(f"{path} is not a whole DLL: {error}") from error
    try:
        done = subprocess.run(["nm", "-gU", str(path)], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ExportsError(f"nm does not read {path}: {getattr(error, 'stderr', '') or error}") from error
    return of_nm(done.stdout)


def of_nm(printed: str) -> set[str]:
    """The names in what `nm -gU` printed: lines of address, kind and name, with macOS's underscore before each name."""
    words = (line.split() for line in printed.splitlines())
    return {parts[2].removeprefix("_") for parts in words if len(parts) == 3}


def _of_dll(data: bytes) -> set[str]:
    """Read the export table, as Microsoft's PE format describes it."""
    (header,) = struct.unpack_from("<I", data, 0x3C)
    if data[header : header + 4] != b"PE\0\0":
        raise ValueError("no PE header")
    n_sections, n_optional = struct.unpack_from("<H12xH", data, header + 6)
    optional = header + 24
    (magic,) = struct.unpack_from("<H", data, optional)
    table, _ = struct.unpack_from("<II", data, optional + (112 if magic == 0x20B else 96))
    if table == 0:
        return set()
    sections = [struct.unpack_from("<8x4I", data, optional + n_optional + 40 * i) for i in range(n_sections)]

    def offset(address: int) -> int:
        """Where in the file that is which is loaded at `address`."""
        for size, start, raw_size, raw_start in sections:
            if start <= address < start + max(size, raw_size):
                return int(address - start + raw_start)
        raise ValueError(f"address {address:#x} is in no section")

    n_names, _, names = struct.unpack_from("<3I", data, offset(table) + 24)
    addresses = struct.unpack_from(f"<{n_names}I", data, offset(names))
    places = map(offset, addresses)
    return {data[place : data.index(b"\0", place)].decode("ascii") for place in places}
