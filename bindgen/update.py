"""Moving the pin to another llama.cpp: fetch, generate, compare, write, compile, try.

Nothing is written before all that can be known without a compiler is known, and what is written is written as a whole:
the lock, the generated files and vendor/llama.cpp, or none of them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bindgen import commands, emit_c, obtain, source, uses
from bindgen.diff import compare
from bindgen.headers import HeaderError
from bindgen.source import Lock, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bindgen.declarations import Api
    from bindgen.fetch import Say
    from bindgen.obtain import Obtained

__all__ = ["NEEDS_HANDS", "NOTHING", "SMOKE", "UPDATED", "Project", "update"]

NOTHING = 0
"""Exit status: what is pinned is what was asked for."""
UPDATED = 3
"""Exit status: the pin was moved, and nothing stands in the way of committing it."""
NEEDS_HANDS = 4
"""Exit status: somebody has to change the code; what was printed says where."""

SMOKE = ("tests/native", "tests/unit/test_import.py", "tests/unit/core/test_model.py", "tests/unit/core/test_vocab.py",
         "tests/unit/core/test_context.py", "tests/unit/core/test_batch.py", "tests/unit/core/test_memory.py",
         "tests/unit/generation/test_generate.py")  # fmt: skip
"""The tests that tell in seconds whether the package works with what it was compiled from."""


@dataclass(frozen=True)
class Project:
    """What is updated; `compile_` and `try_out` return an empty text, or why they failed in one line."""

    root: Path
    compile_: Callable[[], str] | None = None
    try_out: Callable[[], str] | None = None

    @property
    def lock(self) -> Path:
        """The file that says what is pinned."""
        return self.root / "vendor" / obtain.LOCK_NAME

    @property
    def native(self) -> Path:
        """The folder of the generated files and of our C."""
        return self.root / "llamacffi" / "_native"


def update(project: Project, to: str | None, *, dry_run: bool, say: Say) -> int:
    """Move the pin to the llama.cpp that `to` spells, by default the newest on the index; returns an exit status.

    The report goes to stdout. Raises SourceError or FetchError when the llama.cpp cannot be had: nothing was written.
    """
    lock_text = project.lock.read_text(encoding="utf-8")
    lock = Lock.parse(lock_text, project.lock)
    if os.environ.get(lock.folder_env):
        raise SourceError(f"{lock.folder_env} is set, and vendor/llama.cpp is what is updated: unset it")
    tree = source.ensure(project.root)
    spelling = obtain.spelled(to) if to else obtain.newest_of(lock_text, tree, say)
    got = obtain.obtain(spelling, lock_text=lock_text, say=say)
    if got.lock.digest == lock.digest:
        say(f"nothing to do: {spelling} is {lock.name}, which is pinned")
        return NOTHING
    say(f"from {lock.name} to {got.lock.name} ({spelling})")
    try:
        api = commands.load(got.tree, project.native)
        files = commands.generated(api)
        refused = emit_c.emit(api).refused
    except (HeaderError, emit_c.EmitError) as error:
        print(f"The headers cannot be read, and nothing was changed:\n{error}")
        return NEEDS_HANDS
    hands = _report(project, tree, got, api)
    hands += [f"cffi does not take `{text}`: {reason}" for text, reason in refused if "va_list" not in reason]
    if not dry_run:
        _write(project, got, files)
        say(f"vendor/{project.lock.name}, vendor/llama.cpp and {', '.join(files)} are those of {got.lock.name}")
        hands += _try(project, say)
        back = obtain.spelling_of(lock)
        undo = f"python build_ffi.py update --no-build --to {back}" if back else "git checkout vendor llamacffi/_native"
        if hands:
            say(f"to go back: {undo}")
    print("\n".join(["", "Needs hands", *(f"  {line}" for line in hands)] if hands else ["", "Nothing needs hands."]))
    return NEEDS_HANDS if hands else UPDATED


def _report(project: Project, tree: Path, got: Obtained, new: Api) -> list[str]:
    """Print what changed; returns what in the package uses what is gone or has another shape."""
    old = commands.load(tree, project.native)  # not api.json: what our own C changed meanwhile is not llama.cpp's
    changes = compare(old, new)
    deprecated = [name for name, _ in changes.deprecated]
    package = project.root / "llamacffi"
    places = uses.find(package, old, names={*changes.broken, *deprecated}, fields=changes.fields)
    print(changes.render(places))
    if licences := sorted(_components(got.tree) - _components(tree)):
        print(f"\nNew components of others, for vendor/NOTICE.md: {', '.join(licences)}")
    return [
        f"{name}: {', '.join(map(str, found))}"
        for name, found in places.items()
        if name not in deprecated and not any(place.aware for place in found)
    ]


def _components(tree: Path) -> set[str]:
    """The folders of other people's code in a llama.cpp."""
    return {path.name for path in (tree / "vendor").glob("*") if path.is_dir()}


def _write(project: Project, got: Obtained, files: Mapping[str, str]) -> None:
    """Put everything in its place; an error on the way puts everything back."""
    texts = {project.native / name: text for name, text in files.items()} | {project.lock: got.lock_text}
    before = {path: path.read_bytes() for path in texts if path.exists()}
    vendor = project.lock.parent
    with source.alone(vendor, print):
        staging = Path(tempfile.mkdtemp(prefix=source.STAGING, dir=vendor))
        try:
            new = staging / "tree"
            source.copy(got.lock, got.tree, new)
            for path, text in texts.items():
                _replace(path, text.encode())
            source.put(new, vendor / "llama.cpp", staging)
        except BaseException:
            for path, content in before.items():
                _replace(path, content)
            if (staging / "old").exists() and not (vendor / "llama.cpp").exists():
                (staging / "old").rename(vendor / "llama.cpp")
            raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _replace(path: Path, content: bytes) -> None:
    """Write a file as a whole: whoever reads it meanwhile sees the old one or the new one."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


def _try(project: Project, say: Say) -> Sequence[str]:
    """Compile and test; returns what failed."""
    for what, step in (("compiling", project.compile_), ("the smoke tests", project.try_out)):
        if step is None:
            continue
        say(what)
        if reason := step():
            return [f"{what}: {reason}"]
    return []
