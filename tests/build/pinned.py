"""A made-up llama.cpp, in an archive that a lock pins."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILE = "llama_cpp_python-0.3.36.tar.gz"
TOP = "llama_cpp_python-0.3.36"

# What the made-up llama.cpp holds: the first four are of the build, the fifth is for tests, the last is not wanted.
FILES = {
    "CMakeLists.txt": b"project(llama.cpp)\n",
    "include/llama.h": b"int llama_n(void);\n",
    "src/llama.cpp": b"int llama_n(void) { return 1; }\r\n",
    "src/models/a.cpp": b"// a\n",
    "grammars/list.gbnf": b'root ::= "-"\n',
    "docs/huge.md": b"not needed\n",
}
BUILD = ["CMakeLists.txt", "include/llama.h", "src/llama.cpp", "src/models/a.cpp"]
# A build backend that needs nothing, for the metadata step of pip; it leaves a trace when it runs.
BACKEND = b"""
import os, pathlib
pathlib.Path(os.environ["BACKEND_TRACE"]).touch()
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = pathlib.Path(folder) / "llama_cpp_python-0.3.36.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: llama-cpp-python\\nVersion: 0.3.36\\n")
    return info.name
"""
PACKAGING = {
    "PKG-INFO": b"Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.3.36\n",
    "pyproject.toml": b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": BACKEND,
}


@dataclass
class Pin:
    """A made-up project root, and the folder that stands for the Python index."""

    root: Path
    index: Path
    trace: Path
    url: str = "file:///nowhere.git"

    @property
    def tree(self) -> Path:
        return self.root / "vendor" / "llama.cpp"

    def archive(self, extra: tuple[tarfile.TarInfo, ...] = (), files: dict[str, bytes] | None = None) -> Path:
        """Write the source archive into the index, and a lock that pins it."""
        path = self.index / FILE
        contents = {f"{TOP}/{name}": data for name, data in PACKAGING.items()}
        contents |= {f"{TOP}/vendor/llama.cpp/{name}": data for name, data in (files or FILES).items()}
        with tarfile.open(path, "w:gz") as tar:
            for name, data in contents.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            for info in extra:
                tar.addfile(info)
        self.lock(path)
        return path

    def lock(self, archive: Path, *, digest: str | None = None, commit: str = COMMIT) -> None:
        lines = "".join(f"{hashlib.sha256(FILES[name]).hexdigest()}  {name}\n" for name in BUILD)
        data = archive.read_bytes()
        (self.root / "vendor" / "llama.lock.toml").write_text(
            f"""
commit = "{commit}"
version = "9.9.9"
build_number = 7
[files]
build = ["CMakeLists.txt", "include/*.h", "src/**"]
exclude = ["**/.*"]
digest = "{digest or hashlib.sha256(lines.encode()).hexdigest()}"
extra = ["grammars/**"]
[places.folder]
env = "LLAMACFFI_LLAMA_CPP_DIR"
[places.pypi]
package = "llama-cpp-python"
version = "0.3.36"
file = "{FILE}"
size = {len(data)}
sha256 = "{hashlib.sha256(data).hexdigest()}"
subfolder = "vendor/llama.cpp"
[places.git]
url = "{self.url}"
""",
            encoding="utf-8",
        )

    def is_whole(self) -> bool:
        """Whether the tree, and nothing else, is in vendor/."""
        found = {path.relative_to(self.tree).as_posix() for path in self.tree.rglob("*") if path.is_file()}
        beside = {path.name for path in (self.root / "vendor").iterdir()} - {".llama.cpp-lock", "llama.lock.toml"}
        return found == {*BUILD, "grammars/list.gbnf", ".llamacffi-manifest"} and beside == {"llama.cpp"}

    def is_empty(self) -> bool:
        """Whether a failure left nothing behind."""
        return {path.name for path in (self.root / "vendor").iterdir()} <= {".llama.cpp-lock", "llama.lock.toml"}
