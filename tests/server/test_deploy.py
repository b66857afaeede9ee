"""What is put around the server, as far as it can be tried without Docker, systemd and Kubernetes."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from llamacffi.server.app import create_app
from llamacffi.server.settings import ModelSettings, ServerSettings, read_settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docker"
GRACE = ServerSettings(models=(ModelSettings(model="m.gguf"),)).grace_seconds


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of the Dockerfile's stages: their words, and what follows."""
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", text("Dockerfile"), flags=re.MULTILINE)).splitlines()
    pairs = [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if line.strip()]
    starts = [i for i, (word, _) in enumerate(pairs) if word == "FROM"]
    return [pairs[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]


def kubernetes() -> dict[str, Any]:
    return {one["kind"]: one for one in yaml.safe_load_all(text("kubernetes.yaml"))}


def service() -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text("llamacffi.service"))
    return dict(parser["Service"])


def container() -> dict[str, Any]:
    (one,) = kubernetes()["Deployment"]["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = one
    return found


def routes() -> set[str]:
    settings = ServerSettings(models=(ModelSettings(model="m.gguf"),))
    return set(create_app(settings).openapi()["paths"])


def test_the_image_runs_as_nobody_who_may_do_much() -> None:
    build, run = stages()
    assert build[0][1].endswith(" AS build")
    words = [word for word, _ in run]
    user = dict(run)["USER"]
    assert any(f"useradd --uid {user} " in more for word, more in run if word == "RUN")
    assert int(user) > 1000
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert not any(word == "RUN" for word in words[words.index("USER") :])
    assert "g++" not in " ".join(more for _, more in run)
    assert dict(run)["VOLUME"] == "/models"


def test_the_image_is_healthy_when_a_route_says_so() -> None:
    said = dict(stages()[1])
    address = re.search(r"http://127.0.0.1:(\d+)(/\w+)", said["HEALTHCHECK"])
    assert address is not None
    assert address[2] in routes()
    assert f"LLAMACFFI_PORT={address[1]}" in said["ENV"]
    assert said["EXPOSE"] == address[1]


def test_the_image_s_variables_are_settings() -> None:
    said = dict(pair.split("=", 1) for pair in dict(stages()[1])["ENV"].split())
    settings = read_settings(["m.gguf"], environment=said)
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)


@pytest.mark.parametrize("whose", ["compose", "systemd", "kubernetes"])
def test_the_flags_are_settings(whose: str, tmp_path: Path) -> None:
    if whose == "compose":
        arguments = yaml.safe_load(text("compose.yaml"))["services"]["llamacffi"]["command"]
    elif whose == "kubernetes":
        arguments = container()["args"]
    else:
        settings = tmp_path / "server.yaml"
        settings.write_text("models: [{model: m.gguf}]", encoding="utf-8")
        command = service()["ExecStart"].replace("/etc/llamacffi/server.yaml", str(settings))
        arguments = shlex.split(command)[2:]
    found = read_settings(arguments, environment={})
    assert found.models[0].model.endswith(".gguf")
    assert found.api_key_file is not None


def test_what_runs_has_time_to_end() -> None:
    assert float(service()["TimeoutStopSec"]) > GRACE
    assert kubernetes()["Deployment"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > GRACE
    period = yaml.safe_load(text("compose.yaml"))["services"]["llamacffi"]["stop_grace_period"]
    assert float(period.removesuffix("s")) > GRACE


def test_kubernetes_asks_routes_that_are_there() -> None:
    one, there = container(), routes()
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert one[probe]["httpGet"]["path"] in there
    spec = kubernetes()["Deployment"]["spec"]
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    assert kubernetes()["Service"]["spec"]["selector"] == spec["selector"]["matchLabels"]
    assert {mount["name"] for mount in one["volumeMounts"]} == {
        volume["name"] for volume in spec["template"]["spec"]["volumes"]
    }
    assert one["securityContext"]["readOnlyRootFilesystem"]
    assert spec["template"]["spec"]["securityContext"]["runAsNonRoot"]


def test_the_unit_is_hardened() -> None:
    said = service()
    for name in ("NoNewPrivileges", "DynamicUser", "PrivateTmp", "ProtectHome", "ProtectKernelTunables"):
        assert said[name] == "yes"
    assert said["ProtectSystem"] == "strict"
    assert said["CapabilityBoundingSet"] == ""


def test_the_manual_names_them_all() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    for name in ("docker/Dockerfile", "docker/compose.yaml", "docker/llamacffi.service", "docker/kubernetes.yaml"):
        assert name in page
        assert (ROOT / name).is_file()
