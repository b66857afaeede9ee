"""The package index made of files, as pip itself sees it."""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bindgen import wheel_index
from bindgen.wheel_index import Wheel, WheelIndexError

ANYWHERE = "py3-none-any"


def make_wheel(
    folder: Path, name: str, version: str, tags: str = ANYWHERE, *, metadata: str = "", says: str = ""
) -> Path:
    """A wheel that pip accepts, with one module that holds its version."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    members = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {says or name}\nVersion: {version}\n{metadata}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tags}\n",
    }
    record = "".join(f"{member},,\n" for member in (*members, f"{info}/RECORD"))
    path = folder / f"{name}-{version}-{tags}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in {**members, f"{info}/RECORD": record}.items():
            archive.writestr(member, text)
    return path


def pip_download(index: str, requirement: str, target: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    command = [sys.executable, "-m", "pip", "download", "--no-cache-dir", "--disable-pip-version-check", "--no-deps"]
    return subprocess.run(
        [*command, "--index-url", index, "--dest", str(target), requirement],
        env=environment | {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


class Quiet(http.server.SimpleHTTPRequestHandler):
    asked: list[str]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        self.asked.append(self.path)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The address of the folder `whl`, and the paths that are asked for."""
    (tmp_path / "whl").mkdir()
    asked: list[str] = []
    handler = type("Handler", (Quiet,), {"asked": asked})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(tmp_path / "whl"))
    ) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def test_pip_takes_the_wheel_of_the_backend_that_is_asked_for(tmp_path: Path, served: tuple[str, list[str]]) -> None:
    for backend, version in (("cpu", "1.0"), ("cu130", "1.0+cu130")):
        make_wheel(tmp_path / "wheels" / backend, "llamacffi", version)
    # Others that pip must pass over: of another Python, of another machine, of a newer Python.
    make_wheel(tmp_path / "wheels" / "cpu", "llamacffi", "1.1", "cp27-cp27m-any")
    make_wheel(tmp_path / "wheels" / "cpu", "llamacffi", "1.2", "py3-none-win_ia64")
    make_wheel(tmp_path / "wheels" / "cpu", "llamacffi", "1.3", metadata="Requires-Python: >=99, !=98.*\n")
    wheel_index.write(tmp_path / "wheels", tmp_path / "whl")

    address, asked = served
    for backend, name in (("cpu", "llamacffi-1.0-py3-none-any.whl"), ("cu130", "llamacffi-1.0+cu130-py3-none-any.whl")):
        done = pip_download(f"{address}/{backend}", "llamacffi", tmp_path / f"got-{backend}")
        assert done.returncode == 0, done.stderr
        (got,) = (tmp_path / f"got-{backend}").iterdir()
        assert got.name == name
        assert got.read_bytes() == (tmp_path / "wheels" / backend / name).read_bytes()
    # pip knew the metadata before it fetched the wheel.
    paths = [path for path in asked if path.startswith("/cpu/") and ".whl" in path]
    assert paths == [f"/cpu/llamacffi/llamacffi-1.0-{ANYWHERE}.whl{end}" for end in (".metadata", "")]


def test_pip_refuses_a_wheel_that_was_changed(tmp_path: Path, served: tuple[str, list[str]]) -> None:
    make_wheel(tmp_path / "wheels" / "cpu", "llamacffi", "1.0")
    wheel_index.write(tmp_path / "wheels", tmp_path / "whl")
    served_wheel = tmp_path / "whl" / "cpu" / "llamacffi" / f"llamacffi-1.0-{ANYWHERE}.whl"
    served_wheel.unlink()  # it may be the original under a second name
    served_wheel.write_bytes(make_wheel(tmp_path / "other", "llamacffi", "1.0", metadata="Summary: x\n").read_bytes())
    done = pip_download(f"{served[0]}/cpu", "llamacffi", tmp_path / "got")
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_wheels_may_lie_elsewhere(tmp_path: Path, served: tuple[str, list[str]]) -> None:
    address, _ = served
    wheel = make_wheel(tmp_path / "wheels" / "cpu", "llamacffi", "1.0")
    (tmp_path / "whl" / "files" / "cpu").mkdir(parents=True)
    (tmp_path / "whl" / "files" / "cpu" / wheel.name).write_bytes(wheel.read_bytes())
    wheel_index.write(tmp_path / "wheels", tmp_path / "whl", url=f"{address}/files")
    assert not list((tmp_path / "whl" / "cpu").rglob("*.whl"))
    done = pip_download(f"{address}/cpu", "llamacffi", tmp_path / "got")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "got" / wheel.name).read_bytes() == wheel.read_bytes()


def test_projects_have_pages_of_their_own_under_their_normalised_name(tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels" / "vulkan", "llamacffi", "1.0")
    plugin = make_wheel(
        tmp_path / "wheels" / "vulkan", "Llamacffi_Backend.vulkan", "1.0", metadata="Requires-Python: <4\n"
    )
    (backend,) = wheel_index.write(tmp_path / "wheels", tmp_path / "whl")
    assert backend == tmp_path / "whl" / "vulkan"
    page = (backend / "llamacffi-backend-vulkan" / "index.html").read_text()
    digest = hashlib.sha256(plugin.read_bytes()).hexdigest()
    assert f'<a href="{plugin.name}#sha256={digest}" data-requires-python="&lt;4"' in page
    root = (backend / "index.html").read_text()
    assert 'href="llamacffi/"' in root
    assert 'href="llamacffi-backend-vulkan/"' in root


def test_the_same_wheels_give_the_same_pages(tmp_path: Path) -> None:
    for version in ("1.0", "1.1"):
        make_wheel(tmp_path / "wheels" / "cpu", "llamacffi", version)
    wheel_index.write(tmp_path / "wheels", tmp_path / "one")
    pages = {path.relative_to(tmp_path / "one"): path.read_bytes() for path in (tmp_path / "one").rglob("*.html")}
    wheel_index.write(tmp_path / "wheels", tmp_path / "one")
    wheel_index.write(tmp_path / "wheels", tmp_path / "two")
    for folder in ("one", "two"):
        found = {path.relative_to(tmp_path / folder): path.read_bytes() for path in (tmp_path / folder).rglob("*.html")}
        assert found == pages


def test_what_is_no_wheel_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "wheels" / "cpu"
    folder.mkdir(parents=True)
    with pytest.raises(WheelIndexError, match=r"no wheel in a folder below .*cpu"):
        wheel_index.write(tmp_path / "wheels", tmp_path / "whl")
    with pytest.raises(WheelIndexError, match="there is no folder"):
        wheel_index.write(tmp_path / "nothing", tmp_path / "whl")
    for name, reason in (
        ("llamacffi.whl", "not named as a wheel"),
        (f"llamacffi-1.0-{ANYWHERE}.whl", "not a whole wheel"),
    ):
        (folder / name).write_bytes(b"no archive")
        with pytest.raises(WheelIndexError, match=rf"{name}.*{reason}"):
            Wheel.read(folder / name)
    with pytest.raises(WheelIndexError, match="says in its metadata that it is 'requests'"):
        Wheel.read(make_wheel(folder, "llamacffi", "1.0", says="requests"))
    assert not (tmp_path / "whl").exists()


def test_the_command(tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels" / "cpu", "llamacffi", "1.0")
    command: list[str | Path] = [sys.executable, Path(__file__).parents[2] / "build_ffi.py", "index", "wheels", "whl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == [f"llamacffi: wrote {Path('whl/cpu')}"]
    done = subprocess.run([*command[:3], "nowhere", "whl"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["llamacffi: error: there is no folder nowhere"]
