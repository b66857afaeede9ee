"""The distribution llamacffi-llama-cpp: what its modules are, what its wheel holds, and what finds it."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from llamacffi.integrations.llama_cpp import API_VERSION
from llamacffi.integrations.llama_cpp.surface import LEFT_OUT, MODULES

PACKAGE = Path(__file__).parents[3] / "packages" / "llamacffi-llama-cpp"
pytestmark = pytest.mark.skipif(not PACKAGE.is_dir(), reason="the source tree is not here")


def python(code: str, site: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run code where `site` is installed."""
    path = os.pathsep.join([str(site), *filter(None, sys.path)])
    command = [sys.executable, *(options or ("-c", code))]
    return subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, cwd=site, capture_output=True, text=True, check=False
    )


def file_of(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_name(f"{path.name}.py")


def test_there_is_a_file_for_each_module() -> None:
    files = {path.relative_to(PACKAGE) for path in (PACKAGE / "llama_cpp").rglob("*.py")}
    modules = {file_of(name).relative_to(PACKAGE) for name in [*MODULES, *LEFT_OUT]}
    assert files == {*modules, Path("llama_cpp", "server", "__main__.py")}


@pytest.mark.parametrize("module", MODULES)
def test_type_checkers_see_the_names_that_are_looked_up(module: str) -> None:
    file = file_of(module)
    (block,) = (node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.If))
    seen = {
        (str(node.module), name.name, name.asname or "")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    surface = MODULES[module]
    wanted = {(source, name, name) for source, names in surface.sources.items() for name in names}
    wanted |= {(source, "*", "") for source, names in surface.sources.items() if not names}
    wanted |= {("llama_cpp", whole.partition(".")[2], name) for name, whole in surface.modules.items()}
    assert {each for each in seen if not each[0].startswith("llamacffi._native.")} == wanted


def test_it_declares_the_version_whose_names_it_has() -> None:
    pytest.importorskip("setuptools")
    spec = importlib.util.spec_from_file_location("build_stand_in", PACKAGE / "build_stand_in.py")
    assert spec is not None
    assert spec.loader is not None
    backend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend)
    assert backend.API_VERSION == API_VERSION
    assert f"Version: {API_VERSION}\n" in backend.METADATA


def test_a_child_process_imports_it() -> None:
    done = python(
        "import llama_cpp, llama_cpp.llama_cpp as low, llama_cpp.llama_grammar\n"
        "from llama_cpp import Llama, llama_max_devices\n"
        "import llamacffi\n"
        "print(llama_cpp.__version__, Llama is llamacffi.Llama, llama_max_devices is low.llama_max_devices)\n"
        "print(llama_cpp.__file__)\n"
        "from llamacffi.integrations.llama_cpp import install\n"
        "print(install() is llama_cpp)\n",
        PACKAGE,
    )
    first, file, last = done.stdout.split("\n")[:3]
    assert (first, last) == (f"{API_VERSION} True True", "True"), done.stderr
    assert Path(file) == PACKAGE / "llama_cpp" / "__init__.py"


def test_its_server() -> None:
    pytest.importorskip("fastapi")
    done = python("", PACKAGE, "-m", "llama_cpp.server", "--modle", "a.gguf")
    assert done.returncode == 2
    assert done.stderr.strip().endswith("--modle is no flag of the server; did you mean --model?")
    done = python("from llama_cpp.server.app import create_app; print(create_app.__module__)", PACKAGE)
    assert done.stdout.strip() == "llamacffi.server.app", done.stderr


@pytest.mark.slow
def test_the_wheel(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", minversion="77")
    # A build leaves folders beside its sources.
    shutil.copytree(PACKAGE, tmp_path / "source", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    command = ["-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "--no-index", "-w", str(tmp_path), "."]
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path / "source", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == "llamacffi_llama_cpp-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    files = [*(PACKAGE / "llama_cpp").rglob("*.py"), PACKAGE / "llama_cpp" / "py.typed"]
    sources = {path.relative_to(PACKAGE).as_posix() for path in files}
    assert {name for name in names if name.startswith("llama_cpp/")} == sources
    metadata = f"llama_cpp_python-{API_VERSION}.egg-info/PKG-INFO"
    assert {name for name in names if ".dist-info/" not in name} == {*sources, metadata}
    done = python(
        "from importlib.metadata import distribution, version\n"
        "import llama_cpp\n"
        "print(version('llama_cpp_python'), version('llama-cpp-python'), llama_cpp.__version__)\n"
        "print(distribution('llamacffi-llama-cpp').requires)\n"
        "print(llama_cpp.LlamaGrammar.__module__)\n",
        tmp_path / "site",
    )
    assert done.stdout.split("\n")[:3] == [
        f"{API_VERSION} {API_VERSION} {API_VERSION}",
        "['llamacffi>=0.1']",
        "llamacffi.llama.llama_grammar",
    ], done.stderr
