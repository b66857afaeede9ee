"""Which functions of the headers are defined nowhere: a program that takes every address, given to the linker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bindgen.exports import exported

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bindgen.declarations import Api

# GNU ld and gold, lld and mold, Apple's ld (on the line of the name), Microsoft's link (by number in any language).
_COMPLAINT = re.compile(r"undefined reference|undefined symbol|referenced from|error LNK20(?:01|19):")
_MICROSOFT = {"cl", "clang-cl"}


class ProbeError(RuntimeError):
    """The probe does not compile or link, for another reason than an undefined function."""


def undefined(
    api: Api,
    *,
    cc: Sequence[str],
    linker: Sequence[str],
    include_dirs: Iterable[Path],
    libraries: Sequence[Path],
    plugins: Mapping[str, Path],
) -> tuple[str, ...]:
    """The functions that the headers declare and no library defines, in the headers' order.

    `linker` is the C++ driver, and `libraries` are what it takes: import libraries on Windows. Functions of a plug-in
    backend are looked for in its file in `plugins`, and not at all when it was not built; our own functions are part
    of the extension, not of a library. Raises ProbeError with the tool's message.
    """
    wanted = [f for f in api.functions.values() if not f.inline and not api.ours(f)]
    includes = "".join(f'#include "{header.name}"\n' for header in api.headers if not header.ours)
    # Only ELF lets a program be linked with a plug-in.
    linked = {plugin: path for plugin, path in plugins.items() if _is_elf(path)}
    tables = {plugin: exported(path) for plugin, path in plugins.items() if plugin not in linked}
    missing = {f.name for f in wanted if f.name not in tables.get(api.plugin(f) or "", {f.name})}
    names = [f.name for f in wanted if (plugin := api.plugin(f)) is None or plugin in linked]
    files = [*libraries, *linked.values()]
    with tempfile.TemporaryDirectory() as folder:
        probe = _Probe(Path(folder), [*cc, *(f"-I{path}" for path in include_dirs)], linker, files)
        # A linker may stop after so many messages: ask again without the names that it gave.
        while complaints := probe.link(includes, [name for name in names if name not in missing]):
            found = {name for name in names if name in complaints} - missing
            if not found:
                message = "the probe for undefined functions does not link:\n" + probe.message
                raise ProbeError(message)
            missing |= found
    return tuple(f.name for f in wanted if f.name in missing)


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _is_microsofts(driver: Sequence[str]) -> bool:
    """Whether the compiler is Microsoft's, or speaks as it does; a path of Windows is understood anywhere."""
    return any(PureWindowsPath(word).stem.lower() in _MICROSOFT for word in driver)


def compile_command(cc: Sequence[str], source: Path, target: Path) -> list[str]:
    """How `cc` compiles a C file without a word about warnings."""
    if _is_microsofts(cc):
        return [*cc, "/nologo", "/w", "/c", str(source), f"/Fo{target}"]
    return [*cc, "-w", "-c", str(source), "-o", str(target)]


def link_command(linker: Sequence[str], files: Sequence[Path], target: Path) -> list[str]:
    """How `linker`, a compiler driver, makes a program of objects and libraries."""
    if _is_microsofts(linker):
        return [*linker, "/nologo", *map(str, files), f"/Fe{target}"]
    # What the libraries themselves lack is found at run time, in libraries that are not named here.
    lenient = ["-Wl,--allow-shlib-undefined"] if sys.platform.startswith("linux") else []
    return [*linker, *map(str, files), *lenient, "-o", str(target)]


class _Probe:
    """One probe's files, and what the tools said last."""

    def __init__(self, folder: Path, cc: Sequence[str], linker: Sequence[str], files: Sequence[Path]) -> None:
        self._folder = folder
        self._cc = cc
        self._linker = linker
        self._files = files
        self.message = ""

    def link(self, includes: str, names: Sequence[str]) -> set[str]:
        """The words of the linker's complaints; none when it links. Apple's underscore before a name is taken off."""
        source, object_, program = (self._folder / name for name in ("probe.c", "probe.o", "probe.exe"))
        table = "".join(f"    (probe_t) {name},\n" for name in names)
        source.write_text(
            f"{includes}\ntypedef void (*probe_t)(void);\nprobe_t lcffi_probe[] = {{\n{table}    0\n}};\n"
            "int main(void) { return lcffi_probe[0] != 0; }\n",
            encoding="utf-8",
        )
        if self._run(*compile_command(self._cc, source, object_)):
            message = "the probe for undefined functions does not compile:\n" + self.message
            raise ProbeError(message)
        if not self._run(*link_command(self._linker, [object_, *self._files], program)):
            return set()
        complaints = [line for line in self.message.splitlines() if _COMPLAINT.search(line)]
        words = {word for line in complaints for word in re.findall(r"\w+", line)}
        return words | {word.removeprefix("_") for word in words} or {""}

    def _run(self, *command: str) -> int:
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                env={**os.environ, "LC_ALL": "C", "VSLANG": "1033"},  # messages in English, Microsoft's too
            )
        except OSError as error:
            message = f"{command[0]} does not start: {error}"
            raise ProbeError(message) from error
        self.message = done.stdout + done.stderr
        return done.returncode
