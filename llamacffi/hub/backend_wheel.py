"""Packing a backend's plug-in as a wheel of its own, which llamacffi finds by its entry point."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import sysconfig
import zipfile
from typing import TYPE_CHECKING

from llamacffi._native.library import plugins
from llamacffi._native.plugin_files import ENTRY_POINTS, build_info
from llamacffi.errors import BackendError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["pack"]


def pack(backend: str, folder: Path) -> Path:
    """Write `llamacffi_backend_<name>-<version>-py3-none-<platform>.whl` into a folder, and return its path.

    It holds the plug-in that is installed or was added here, and asks for the llamacffi of the same version. What the
    plug-in itself links to stays outside, as for every wheel before `auditwheel repair`. BackendError when there is no
    plug-in of that backend.
    """
    found = plugins().get(backend)
    if not found:
        raise BackendError(f"no plug-in of the backend {backend} is here; run `llamacffi backend add {backend}` first")
    version = importlib.metadata.version("llamacffi")
    package, info = f"llamacffi_backend_{backend}", f"llamacffi_backend_{backend}-{version}.dist-info"
    tag = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
    about = f"The {backend} backend of llamacffi, of llama.cpp {build_info().get('llama_commit', '')}"
    files = {
        f"{package}/__init__.py": f'"""{about}."""\n'.encode(),
        # Of variants, all: the best one for its machine is chosen where it is installed.
        **{f"{package}/lib/{path.name}": path.read_bytes() for path in found if path.parent == found[0].parent},
        **{f"{info}/licenses/{name}": text for name, text in _licences().items()},
        f"{info}/METADATA": (
            f"Metadata-Version: 2.4\nName: llamacffi-backend-{backend}\nVersion: {version}\nSummary: {about}\n"
            f"License-Expression: MIT\nRequires-Python: >=3.10\nRequires-Dist: llamacffi=={version}\n"
        ).encode(),
        f"{info}/WHEEL": (
            f"Wheel-Version: 1.0\nGenerator: llamacffi {version}\nRoot-Is-Purelib: false\nTag: {tag}\n"
        ).encode(),
        f"{info}/entry_points.txt": f"[{ENTRY_POINTS}]\n{backend} = {package}\n".encode(),
    }
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{package}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)  # of 1980: the same plug-in gives the same wheel
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return path


def _licences() -> dict[str, bytes]:
    """The licences of llamacffi and of llama.cpp, as the installed package has them."""
    files = importlib.metadata.files("llamacffi") or ()
    found = {}
    for name in ("licenses/LICENSE", "licenses/vendor/llama.cpp/LICENSE"):
        for file in files:
            if file.as_posix().endswith(f".dist-info/{name}"):
                found[name.removeprefix("licenses/").replace("/", "-")] = file.read_binary()
    return found


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
