"""The manual names what there is, and its links lead somewhere."""

from __future__ import annotations

import importlib
import re
from dataclasses import fields
from pathlib import Path

import pytest

import llamacffi
from bindgen.compile import Settings
from llamacffi.cli.app import app
from llamacffi.llama.chat_options import CHAT_DEFAULTS
from llamacffi.llama.completion import COMPLETION_DEFAULTS
from llamacffi.llama.options import DEFAULTS

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md"), *ROOT.glob("vendor/*.md")]
INSTALL = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table() -> None:
    named: set[str] = set()
    for path in (ROOT / "build_ffi.py", *ROOT.glob("bindgen/*.py"), *ROOT.glob("llamacffi/**/*.py")):
        named |= set(re.findall(r"\bLLAMACFFI_[A-Z][A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    # What build_ffi.py hands to CMake under the same prefix is not the user's.
    named -= {"LLAMACFFI_LLAMA_COMMIT", "LLAMACFFI_LLAMA_BUILD_NUMBER", "LLAMACFFI_LIMITED_API"}
    named -= {"LLAMACFFI_BENCH", "LLAMACFFI_INFO"}
    named -= {"LLAMACFFI_GGML_BASE", "LLAMACFFI_RPATH"}
    for field in fields(Settings):
        named.add("CMAKE_ARGS" if field.name == "cmake_args" else f"LLAMACFFI_{field.name.upper()}")
    assert len(named) >= 10
    assert {name for name in named if f"`{name}`" not in INSTALL} == set()


def test_every_config_setting_is_in_the_table() -> None:
    for field in fields(Settings):
        name = "cmake.args" if field.name == "cmake_args" else field.name.replace("_", "-")
        assert f"| `{name}` |" in INSTALL


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    commands += [str(group.name) for group in app.registered_groups]
    assert {"chat", "doctor", "models"} <= set(commands)
    for command in commands:
        assert f"$ llamacffi {command}" in readme


def test_what_is_to_be_imported_from_the_package_is_there() -> None:
    page = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
    (row,) = (line for line in page.splitlines() if line.endswith("| `llamacffi` itself |"))
    named = set(re.findall(r"`(\w+)`", row)) - {"llamacffi"}
    assert len(named) > 10
    assert named <= set(llamacffi.__all__)
    for module in re.findall(r"\| `(llamacffi\.llama\.\w+)`", page):
        importlib.import_module(module)


def test_every_argument_of_a_llama_is_in_the_manual() -> None:
    page = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+)(?:=[^`]*)?`", page))
    assert {*DEFAULTS, *COMPLETION_DEFAULTS, *CHAT_DEFAULTS} - named == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
