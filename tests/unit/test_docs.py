"""The manual names what there is, and its links lead somewhere."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bindgen.compile import Settings
from llamacffi.cli.app import app

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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
