"""`Llama` of both packages side by side: the same calls, the same model, the same llama.cpp libraries.

python benchmarks/compare_llama_cpp_python.py [--pairs 9] [--clock wall] [--model NAME-OR-PATH] [LINE …]

llama-cpp-python is made by rival.py, once. Each package runs in a process of its own, and they take turns. Exits 1
when llamacffi is not ahead on every line.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from paired import FEWEST, WIDEST, Pairs, interleave
from rival import VERSION, rival

from llamacffi import hub

TASKS = Path(__file__).with_name("compare_tasks.py")


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    name: str
    task: str
    unit: str
    less: bool = False
    """Whether less of it is better."""


LINES = (
    Line("completion, same settings, 1 thread", "completion", "tokens/s"),
    Line("completion, either's defaults", "completion_default", "tokens/s"),
    Line("calls for one token", "short_answers", "calls/s"),
    Line("streaming", "streaming", "tokens/s"),
    Line("streaming, from token 400 on", "streaming_late", "tokens/s"),
    Line("chat", "chat", "tokens/s"),
    Line("chat held by a JSON schema", "grammar", "tokens/s"),
    Line("logprobs=5", "logprobs", "tokens/s"),
    Line("embeddings of 16 texts", "embeddings", "texts/s"),
    Line("save_state of 380 tokens", "state_save", "states/s"),
    Line("load_state", "state_load", "states/s"),
    Line("prompt cache in RAM, hit", "cache_hit", "calls/s"),
    Line("tokenize, 1.7 kB", "tokenize", "MB/s"),
    Line("tokenize, three words", "tokenize_short", "calls/s"),
    Line("detokenize, 380 tokens", "detokenize", "million tokens/s"),
    Line("detokenize, one token", "detokenize_one", "calls/s"),
    Line("import, with Llama", "import", "ms", less=True),
    Line("memory after the first answer", "memory", "MB", less=True),
)


class Side:
    """One package in a process that does a task when told to."""

    def __init__(self, package: str, python: str, model: Path, environment: dict[str, str]) -> None:
        self._base = [python, str(TASKS), package, str(model)]
        self._python, self._package, self._environment = python, package, environment
        self._process: subprocess.Popen[str] | None = None

    def measure(self, line: Line) -> Callable[[], float]:
        """What gives the figure of that line."""
        if line.task == "import":
            return self._import
        if line.task == "memory":
            return lambda: float(self._run([*self._base, "memory"]))
        return lambda: self._ask(line.task)

    def _ask(self, task: str) -> float:
        if self._process is None:
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                self._base, stdin=pipe, stdout=pipe, text=True, env=self._environment, stderr=subprocess.DEVNULL
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(task, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self._package} ended at {task}, status {self._process.wait()}: {self._base}")
        return float(json.loads(answer))

    def _import(self) -> float:
        code = (
            f"import time; b = time.perf_counter(); from {self._package} import Llama; print(time.perf_counter() - b)"
        )
        return 1000 * float(self._run([self._python, "-c", code]))

    def _run(self, command: list[str]) -> str:
        run = subprocess.run(command, env=self._environment, check=True, capture_output=True, text=True)
        return run.stdout.splitlines()[-1]

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", nargs="*", help=f"of {', '.join(line.task for line in LINES)}; all when none is given")
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: seconds of the processor alone")
    options = parser.parse_args()
    unknown = set(options.lines) - {line.task for line in LINES}
    if unknown:
        parser.error(f"no such line: {', '.join(sorted(unknown))}")
    path = hub.resolve(options.model)
    other = rival()
    clock = {"COMPARE_CLOCK": options.clock}

    print(f"{'':38}{'llamacffi':>12}{'rival':>12}  {'unit':18}{'ahead':>7}   llama-cpp-python {VERSION}, {path.name}")
    behind = []
    for line in LINES:
        if options.lines and line.task not in options.lines:
            continue
        # A process for each line: what one leaves in memory or in a cache is not the next one's.
        ours = Side("llamacffi", sys.executable, path, {**os.environ, **clock})
        theirs = Side("llama_cpp", str(other.python), path, {**other.environment, **clock})
        try:
            pairs = interleave(ours.measure(line), theirs.measure(line), pairs=options.pairs)
        finally:
            ours.close(), theirs.close()
        if not report(line, pairs):
            behind.append(line.name)
    if behind:
        sys.exit(f"not ahead, or not certainly: {', '.join(behind)}")


def report(line: Line, pairs: Pairs) -> bool:
    """Print the line; whether ours is ahead for certain."""
    ahead = Pairs(pairs.theirs, pairs.ours) if line.less else pairs
    ratios = sorted(ahead.ratios)
    median = statistics.median(ratios)
    doubtful = len(ratios) < FEWEST or ahead.spread > WIDEST
    # Where the ratios spread far, three quarters of them must be above 1.
    good = (ratios[len(ratios) // 4] if doubtful else median) >= 1
    notes = f"[{ratios[0]:.2f} … {ratios[-1]:.2f}]" + ("" if good else "  BEHIND" if median < 1 else "  INCONCLUSIVE")
    a, b = statistics.median(pairs.ours), statistics.median(pairs.theirs)
    print(f"{line.name:38}{a:12.4g}{b:12.4g}  {line.unit:18}{median:7.2f}   {notes}", flush=True)
    return good


if __name__ == "__main__":
    main()
