"""GitHub's workflows: as far as they can be tried without GitHub."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

yaml = pytest.importorskip("yaml", reason="installed in the environment `workflows`: tox run -e workflows")

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def load(name: str) -> dict[Any, Any]:
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    workflow: dict[Any, Any] = yaml.safe_load(text)
    return workflow


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def script(workflow: dict[Any, Any], job: str, start: str) -> str:
    (step,) = (step for step in workflow["jobs"][job]["steps"] if step.get("name", "").startswith(start))
    text: str = step["run"]
    return text


def tool(name: str) -> str:
    """A program that the environment `workflows` installs, beside this Python."""
    return shutil.which(name, path=sysconfig.get_path("scripts")) or pytest.skip(f"no {name}: tox run -e workflows")


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_the_workflows_are_there() -> None:
    assert [path.name for path in WORKFLOWS] == ["tests.yml", "update.yml", "wheels.yml"]


def test_githubs_schema() -> None:
    done = run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_that_zizmor_finds() -> None:
    done = run(tool("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_shell_scripts(tmp_path: Path) -> None:
    shellcheck = shutil.which("shellcheck") or pytest.skip("no shellcheck: apt-get install shellcheck")
    for path in WORKFLOWS:
        for step in steps(load(path.name)):
            # Every `${{ }}` is in an `env:`, which zizmor sees to.
            done = run(shellcheck, "--shell", "bash", "--severity", "warning", "-", input=step.get("run", ""))
            assert done.returncode == 0, f"{path.name}: {step['run']}\n{done.stdout}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_and_one_commit_each(path: Path) -> None:
    uses = re.findall(r"uses: (\S+)@(\S+)(.*)", path.read_text(encoding="utf-8"))
    assert uses
    for action, commit, comment in uses:
        assert re.fullmatch(r"[0-9a-f]{40}", commit), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action
    everywhere = re.findall(r"uses: (\S+)@(\S+)", "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS))
    assert len(set(everywhere)) == len({action for action, _ in everywhere})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_permissions_are_the_least(path: Path) -> None:
    workflow = load(path.name)
    assert workflow["permissions"] == {"contents": "read"}
    more = {job: set(text["permissions"]) for job, text in workflow["jobs"].items() if "permissions" in text}
    expected = {
        "update.yml": {"propose": {"contents", "pull-requests", "issues", "actions"}},
        "wheels.yml": {"publish": {"id-token"}},
    }
    assert more == expected.get(path.name, {})
    # What may write neither builds nor runs anything of the repository's or of llama.cpp's.
    for job in more:
        commands = " ".join(step.get("run", "") for step in workflow["jobs"][job]["steps"])
        assert not re.search(r"\b(python|pip|pipx|tox|make|cmake)\b", commands)


def test_what_the_workflows_name_exists() -> None:
    tox = (ROOT / "tox.ini").read_text(encoding="utf-8")
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        for environments in re.findall(r"tox run .*-e (\S+)", text):
            for name in environments.split(","):
                assert f"[testenv:{name}]" in tox or re.fullmatch(r"py3\d+", name), name
        for command in re.findall(r"build_ffi\.py (\w+)", text):
            assert run(sys.executable, ROOT / "build_ffi.py", command, "--help").returncode == 0, command
        for script_file in re.findall(r"- run: (\.\S+)", text):
            assert (ROOT / script_file).exists()
        for workflow in re.findall(r"gh workflow run (\S+)", text):
            assert "workflow_dispatch" in load(workflow)[True]  # YAML 1.1 reads `on` so


def test_cibuildwheels_settings() -> None:
    settings = pyproject()["tool"]["cibuildwheel"]
    for platform in (settings, settings["macos"]):
        assert platform["environment"]["LLAMACFFI_CPU"] == "all"
    cibuildwheel = tool("cibuildwheel")
    built = set()
    for platform in ("linux", "macos", "windows"):
        done = run(cibuildwheel, "--platform", platform, "--print-build-identifiers", ROOT)
        assert done.returncode == 0, done.stderr
        built |= set(done.stdout.split())
    kinds = {identifier.split("-")[1].split("_")[0] for identifier in built}
    assert kinds == {"manylinux", "musllinux", "macosx", "win"}
    pythons = {identifier.partition("-")[0] for identifier in built}
    # The free-threaded Pythons apart: the others share one wheel.
    assert pythons == {"cp310", "cp311", "cp312", "cp313", "cp314", "cp314t"}
    runners = load("wheels.yml")["jobs"]["wheels"]["strategy"]["matrix"]["system"]
    assert runners == ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel", "windows-2025"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the job has a Python with tomllib")
def test_the_update_installs_what_the_project_says(tmp_path: Path) -> None:
    text, pip, install = script(load("update.yml"), "look", "What the build").partition("python -m pip install ")
    done = run("bash", "-euc", text, cwd=ROOT, env=os.environ | {"RUNNER_TEMP": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert (pip, install) == ("python -m pip install ", 'cmake ninja --requirement "$RUNNER_TEMP/needed.txt"\n')
    needed = (tmp_path / "needed.txt").read_text().splitlines()
    project = pyproject()
    assert set(project["build-system"]["requires"]) | set(project["project"]["dependencies"]) <= set(needed)
    assert {re.split(r"[^\w-]", requirement, maxsplit=1)[0] for requirement in needed} >= {"cffi", "pytest", "typer"}
    assert not [requirement for requirement in needed if requirement.startswith("llamacffi")]


# ---- the weekly update, with a `build_ffi.py update` and a `gh` that only pretend -----------------------------------

UPDATE = """
import pathlib, sys
status = int(pathlib.Path("../status").read_text())
if status in (3, 4):
    print("Removed functions (1)\\n  llama_gone\\n```\\n" + " ".join(sys.argv[1:]))
if status == 3:
    pathlib.Path("vendor/llama.lock.toml").write_text('version = "0.6.0; rm -rf /"\\n')
sys.exit(status)
"""
GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$GH_LOG"
for word; do case "$word" in *body.md) cp "$word" "$GH_LOG.body" ;; esac; done
test "$1 $2" != "pr create" -o ! -e "$GH_LOG.open"
"""


class Repository:
    """A clone, its origin, and what `gh` was asked to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = folder / "origin.git"
        self.clone = folder / "clone"
        self.log = folder / "gh.log"
        (folder / "bin").mkdir()
        (folder / "bin" / "gh").write_text(GH)
        (folder / "bin" / "gh").chmod(0o755)
        (self.clone / "vendor").mkdir(parents=True)
        (self.clone / "build_ffi.py").write_text(UPDATE)
        (self.clone / "vendor" / "llama.lock.toml").write_text('version = "0.5.0"\n')
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", ".")
        self.git("-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "--message", "first")
        self.git("clone", "--quiet", "--bare", self.clone, self.origin)

    def git(self, *arguments: str | Path) -> str:
        done = run("git", *arguments, cwd=self.clone, env=self.environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def environment(self) -> dict[str, str]:
        names = {"HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "1"}
        names["GIT_CONFIG_KEY_0"] = f"url.{self.origin}.insteadOf"
        names["GIT_CONFIG_VALUE_0"] = "https://x-access-token:secret@github.com/owner/llamacffi"
        path = os.pathsep.join([str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
        return names | {"PATH": path, "GH_LOG": str(self.log)}

    def look(self, status: int, *, to: str = "") -> tuple[int, str]:
        """Run the first job's step; its exit status, and the output that it sets."""
        (self.folder / "status").write_text(str(status))
        output = self.folder / "output"
        output.write_text("")
        text = script(load("update.yml"), "look", "Move the pin")
        environment = self.environment() | {"TO": to, "GITHUB_OUTPUT": str(output)}
        done = run("bash", "-eo", "pipefail", "-c", text, cwd=self.clone, env=environment)
        return done.returncode, output.read_text().strip()

    def propose(self, status: int) -> list[str]:
        """Run the second job's step in a fresh clone; what `gh` was asked to do, in order."""
        self.log.unlink(missing_ok=True)
        found = self.folder / "found"
        shutil.rmtree(found, ignore_errors=True)
        (self.clone / "update").rename(found)
        self.git("checkout", "--quiet", ".")
        text = script(load("update.yml"), "propose", "Open the pull request")
        environment = self.environment() | {"BRANCH": "llama.cpp-update", "FOUND": str(found), "STATUS": str(status)}
        environment |= {"GH_TOKEN": "secret", "GITHUB_REPOSITORY": "owner/llamacffi"}
        done = run("bash", "-eo", "pipefail", "-c", text, cwd=self.clone, env=environment)
        assert done.returncode == 0, done.stderr
        return self.log.read_text().splitlines()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    if sys.platform == "win32" or not shutil.which("git"):
        pytest.skip("the job runs on Linux, with git")
    return Repository(tmp_path)


def test_an_update_becomes_a_pull_request_with_the_difference_as_its_text(repository: Repository) -> None:
    assert repository.look(3, to="git:b9999") == (0, "status=3")
    asked = repository.propose(3)
    body = repository.folder / "found" / "body.md"
    # The version is data: only what a version may have comes through.
    title = "llama.cpp 0.6.0rm-rf"
    assert asked == [
        f"pr create --head llama.cpp-update --title {title} --body-file {body}",
        "workflow run tests.yml --ref llama.cpp-update",
    ]
    text = Path(f"{repository.log}.body").read_text()
    assert text == "```text\nRemoved functions (1)\n  llama_gone\n` ` `\nupdate --to git:b9999\n```\n"
    assert "0.6.0" in repository.git("--git-dir", repository.origin, "show", "llama.cpp-update:vendor/llama.lock.toml")
    # main stays, and nothing but the lock is in the commit.
    changed = repository.git("--git-dir", repository.origin, "diff", "--name-only", "main", "llama.cpp-update")
    assert changed.split() == ["vendor/llama.lock.toml"]


def test_a_pull_request_that_is_open_is_brought_up_to_date(repository: Repository) -> None:
    Path(f"{repository.log}.open").touch()
    repository.look(3)
    asked = repository.propose(3)
    assert [line.split(" --")[0] for line in asked] == [
        "pr create",
        "pr edit llama.cpp-update",
        "workflow run tests.yml",
    ]


def test_headers_that_cannot_be_read_become_an_issue(repository: Repository) -> None:
    assert repository.look(4) == (0, "status=4")
    asked = repository.propose(4)
    assert [line.split(" --body")[0] for line in asked] == ["issue create --title llama.cpp 0.5.0: needs hands"]


def test_nothing_new_is_nothing_to_do_and_a_failure_is_a_failure(repository: Repository) -> None:
    assert repository.look(0) == (0, "status=0")
    shutil.rmtree(repository.clone / "update")
    status, output = repository.look(1)
    assert (status, output) == (1, "status=1")
