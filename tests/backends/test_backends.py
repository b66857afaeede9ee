"""Each backend really compiled for the installed package, and computing what NumPy computes: `pytest --backends all`.

`--backends-dir` keeps what was compiled for the next run; Vulkan's shaders take minutes.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import llamacffi
from bindgen import backends as table
from llamacffi._native import build_info
from tests.models import write_llama, write_mamba
from tests.models.reference import greedy, llama_logits, mamba_logits, read_weights

PACKAGE = Path(llamacffi.__file__).parent
PROMPT = [1, *range(260, 308)]  # more than the 32 rows from which BLAS multiplies
N_TOKENS = 32

# The largest difference of a logit from NumPy's in float64, over the logits' standard deviation.
TOLERANCE = {"cpu": 1e-4, "cpu-all": 1e-4, "blas": 1e-4, "rpc": 1e-4, "vulkan": 2e-2, "vulkan-f16": 5e-2}

# ggml's variants for x86, the most demanding first, with what Linux calls their features.
_AVX2 = {"sse4_2", "avx", "f16c", "fma", "avx2", "bmi2"}
_AVX512 = _AVX2 | {"avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw"}
VARIANTS = {
    "sapphirerapids": _AVX512 | {"avx512vbmi", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8"},
    "zen4": _AVX512 | {"avx512vbmi", "avx512_vnni", "avx512_bf16"},
    "cooperlake": _AVX512 | {"avx512_vnni", "avx512_bf16"},
    "icelake": _AVX512 | {"avx512vbmi", "avx512_vnni"},
    "cascadelake": _AVX512 | {"avx512_vnni"},
    "cannonlake": _AVX512 | {"avx512vbmi"},
    "skylakex": _AVX512,
    "alderlake": _AVX2 | {"avx_vnni"},
    "haswell": _AVX2,
    "piledriver": {"sse4_2", "avx", "f16c", "fma"},
    "ivybridge": {"sse4_2", "avx", "f16c"},
    "sandybridge": {"sse4_2", "avx"},
    "sse42": {"sse4_2"},
    "x64": set(),
}

RUN = """
import json, sys
import numpy as np
from llamacffi import Batch, Greedy, Model, SamplerChain, Sequence, devices, generate_tokens
from llamacffi.core.backend import features

path, prompt, n = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
exact = {"n_ctx": 256, "type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled"}
with Model(path, n_gpu_layers=99) as model:
    with model.context(**exact) as context:
        batch = Batch(len(prompt))
        batch.extend(prompt, 0, 0, output="all")
        context.decode(batch)
        logits = [context.logits(i).tolist() for i in range(len(prompt))]
    with model.context(**exact) as context, Sequence(context) as sequence, SamplerChain(Greedy()) as chain:
        steps = generate_tokens(sequence, prompt, chain)
        tokens = [next(steps) for _ in range(n)]
        steps.close()
maps = open("/proc/self/maps").read() if sys.platform == "linux" else ""
libraries = sorted({line.split()[-1] for line in maps.splitlines() if ".so" in line})
found = {"logits": logits, "tokens": tokens, "devices": [d.name for d in devices()], "libraries": libraries}
found["features"] = features()["CPU"]
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="session")
def wanted(request: pytest.FixtureRequest) -> set[str]:
    return {name for name in request.config.getoption("--backends").split(",") if name}


@pytest.fixture(scope="session")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = request.config.getoption("--backends-dir")
    return Path(named).resolve() if named else tmp_path_factory.mktemp("backends")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {"llama": write_llama(folder / "llama.gguf"), "mamba": write_mamba(folder / "mamba.gguf")}


def command(
    *arguments: str,
    data: Path | str = os.devnull,
    package: Path = PACKAGE,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a Python with the package that lies in a folder, away from the source tree, and what was added in `data`."""
    path = [str(package.parent), *filter(None, sys.path)]
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "LLAMACFFI_DATA": str(data), **(environment or {})}
    return subprocess.run(
        [sys.executable, *arguments], cwd=package.parent, env=given, capture_output=True, text=True, check=False
    )


def data(name: str, wanted: set[str], kept: Path) -> Path:
    """The data folder in which one backend, and no other, was added by `llamacffi backend add`."""
    if not wanted & {"all", name}:
        pytest.skip(f"compiles the backend {name}, perhaps for minutes: pytest --backends {name}")
    backend = name.partition("-")[0]
    if name not in wanted:
        try:
            table.check([backend], os.environ.get("CMAKE_ARGS", "").split())
        except SystemExit as missing:
            pytest.skip(str(missing))
    folder = kept / name
    if not (folder / "backends" / build_info()["llama_commit"] / backend).is_dir():
        cpu = {"LLAMACFFI_CPU": "all"} if name == "cpu-all" else {}
        result = command("-m", "llamacffi", "backend", "add", backend, data=folder, environment=cpu)
        assert result.returncode == 0, result.stderr[-4000:]
    return folder


@cache
def computed(model: Path, data: Path | None, package: Path = PACKAGE, *, half: bool = False) -> dict[str, Any]:
    environment = {}
    if data and data.name == "vulkan":
        environment["GGML_VK_VISIBLE_DEVICES"] = "0"
        if not half:  # the shaders multiply in float16, where the device can
            environment["GGML_VK_DISABLE_F16"] = "1"
    arguments = ("-c", RUN, str(model), json.dumps(PROMPT), str(N_TOKENS))
    result = command(*arguments, data=data or os.devnull, package=package, environment=environment)
    assert result.returncode == 0, result.stderr[-4000:]
    return dict(json.loads(result.stdout))


def difference(name: str, found: dict[str, Any], reference: np.ndarray[Any, Any], model: str = "llama") -> None:
    """Print how far the logits are from NumPy's, and see that it is within the tolerance."""
    error = float(np.abs(np.array(found["logits"]) - reference).max() / reference.std())
    print(f"{name}, {model}: largest difference of a logit {error:.1e} of their standard deviation; {found['devices']}")
    assert error < TOLERANCE[name]


def agrees(name: str, found: dict[str, Any], models: dict[str, Path]) -> None:
    """Whether the tokens are NumPy's, and the logits within the tolerance."""
    weights = read_weights(models["llama"])
    difference(name, found, llama_logits(weights, PROMPT))
    assert found["tokens"] == greedy(weights, PROMPT, N_TOKENS)


def test_cpu(models: dict[str, Path], wanted: set[str]) -> None:
    if not wanted:
        pytest.skip("is compared with the others: pytest --backends all")
    agrees("cpu", computed(models["llama"], None), models)


@pytest.mark.parametrize("name", ["rpc", "blas", "vulkan"])
def test_an_added_backend(name: str, models: dict[str, Path], wanted: set[str], kept: Path) -> None:
    folder = data(name, wanted, kept)
    found = computed(models["llama"], folder)
    if sys.platform == "linux":
        loaded = [path for path in found["libraries"] if f"ggml-{name}" in path]
        assert len(loaded) == 1
        assert loaded[0].startswith(str(folder))
    device = {"blas": "BLAS", "vulkan": "Vulkan0"}.get(name)
    assert device is None or device in found["devices"]
    agrees(name, found, models)


@pytest.mark.parametrize("name", ["blas", "vulkan"])
def test_a_recurrent_model(name: str, models: dict[str, Path], wanted: set[str], kept: Path) -> None:
    folder = data(name, wanted, kept)
    found = computed(models["mamba"], folder)
    difference(name, found, mamba_logits(read_weights(models["mamba"]), PROMPT), "mamba")
    assert found["tokens"] == computed(models["mamba"], None)["tokens"]


def test_vulkan_in_half_precision(models: dict[str, Path], wanted: set[str], kept: Path) -> None:
    folder = data("vulkan", wanted, kept)
    found = computed(models["llama"], folder, half=True)
    weights = read_weights(models["llama"])
    difference("vulkan-f16", found, llama_logits(weights, PROMPT))
    # What is rounded so may fall the other way near a tie, and only there.
    tokens = found["tokens"]
    rows = llama_logits(weights, [*PROMPT, *tokens[:-1]])[len(PROMPT) - 1 :]
    gaps = rows.max(axis=1) - rows[np.arange(N_TOKENS), tokens]
    same = sum(a == b for a, b in zip(tokens, rows.argmax(axis=1), strict=True))
    print(
        f"vulkan-f16: {same} of {N_TOKENS} tokens are what NumPy takes there; largest gap {gaps.max() / rows.std():.1e}"
    )
    assert gaps.max() < 2 * TOLERANCE["vulkan-f16"] * rows.std()


def states(package: Path) -> dict[str, tuple[str, str]]:
    """What `llamacffi backend list` says of each file of a package."""
    result = command("-m", "llamacffi", "backend", "list", package=package)
    assert result.returncode == 0, result.stderr
    lines = [line.split(maxsplit=4) for line in result.stdout.splitlines()[1:]]
    return {Path(file.partition(": ")[0]).name: (state, file) for _, _, _, state, file in lines}


@pytest.mark.skipif(platform.machine() != "x86_64" or sys.platform != "linux", reason="reads the features of an x86")
def test_the_best_cpu_variant_is_chosen_and_without_it_the_next(
    models: dict[str, Path], wanted: set[str], kept: Path, tmp_path: Path
) -> None:
    folder = data("cpu-all", wanted, kept)
    variants = sorted((folder / "backends" / build_info()["llama_commit"] / "cpu").glob("*ggml-cpu-*"))
    assert {path.stem.removeprefix("libggml-cpu-") for path in variants} == set(VARIANTS)

    package = tmp_path / "llamacffi"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    lib = package / "_native" / "lib"
    for path in lib.glob("*ggml-cpu*"):
        path.unlink()
    for path in variants:
        shutil.copy(path, lib)

    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    flags = {flag for line in cpuinfo if line.startswith("flags") for flag in line.partition(":")[2].split()}
    able = [name for name, needed in VARIANTS.items() if needed <= flags]
    # The two best, then others that compute with shorter vectors.
    chosen = [*able[:2], *(name for name in ("haswell", "sandybridge", "x64") if name in able[2:])]
    for name in chosen:
        for better in able[: able.index(name)]:
            (lib / f"libggml-cpu-{better}.so").unlink(missing_ok=True)
        said = states(package)
        loaded = [file for file, (state, _) in said.items() if state == "loaded" and "ggml-cpu" in file]
        assert loaded == [f"libggml-cpu-{name}.so"]
        for other in set(VARIANTS) - set(able):
            assert "this machine's CPU lacks" in said[f"libggml-cpu-{other}.so"][1]
        found = computed.__wrapped__(models["llama"], None, package)  # the package changes: never the same twice
        assert [Path(path).name for path in found["libraries"] if "ggml-cpu" in path] == loaded
        # What is no matter of the CPU is switched on as in the package's own build.
        assert found["features"].get("LLAMAFILE") == computed(models["llama"], None)["features"].get("LLAMAFILE")
        agrees("cpu-all", found, models)


def test_a_backend_as_a_wheel_of_its_own(wanted: set[str], kept: Path, tmp_path: Path) -> None:
    name = next((one for one in ("vulkan", "blas", "rpc") if wanted & {"all", one} and (kept / one).is_dir()), "rpc")
    folder = data(name, wanted, kept)
    command("-m", "llamacffi", "backend", "wheel", name, "-o", str(tmp_path), data=folder)
    (wheel,) = tmp_path.glob(f"llamacffi_backend_{name}-*-py3-none-*.whl")
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel], check=True
    )
    code = f"import sys; sys.path.append({str(site)!r}); sys.argv = ['llamacffi', 'backend', 'list']; "
    code += "from llamacffi.cli import main; main()"
    result = command("-c", code)
    # The package's own, if it has one, is told too: it is not loaded, because this one is.
    (line,) = [line for line in result.stdout.splitlines() if line.split(maxsplit=4)[4].startswith(str(site))]
    assert [line.split()[0], line.split()[3]] == [name, "loaded"]
