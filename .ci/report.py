"""What ran, out of tox's result files; it fails where an environment is missing or failed.

Called as report.py PYTHONS ENVIRONMENTS RESULT..., the first two being lists in one word each.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def passed(name: str, env: dict[str, Any], pythons: list[str]) -> bool:
    """Each command of the environment ended with 0, on the Python that its name promises."""
    version = env["python"]["version"].split(".")
    if name in pythons and name != "py" + "".join(version[:2]):
        return False
    return bool(env["result"]["success"]) and all(step["retcode"] == 0 for step in env["test"])


def main() -> str | None:
    """Print a line for each environment; returns what is wrong, or None."""
    pythons, wanted = sys.argv[1].split(), sys.argv[2].split()
    envs: dict[str, dict[str, Any]] = {}
    for path in map(Path, sys.argv[3:]):
        if not path.exists():
            return f"tox left no {path}: it did not get as far as running an environment"
        found = json.loads(path.read_text(encoding="utf-8"))["testenvs"]
        envs |= {name: env for name, env in found.items() if env.get("test")}

    failed = []
    for name in wanted:
        env = envs.get(name)
        ok = env is not None and passed(name, env, pythons)
        version = env["python"]["version"].split()[0] if env else "did not run"
        print(f"{name:9} {'ok' if ok else 'FAILED':6} {version}")
        if not ok:
            failed.append(name)
    if failed:
        return f"failed: {', '.join(failed)}"

    wheels = {envs[name].get("installpkg", {}).get("sha256") for name in pythons}
    if len(wheels) != 1 or None in wheels:
        return f"the Pythons were not tested on one wheel: {sorted(map(str, wheels))}"
    print("one wheel for all of", ", ".join(pythons))
    return None


if __name__ == "__main__":
    sys.exit(main())
