"""How long `import llamacffi` takes, beyond NumPy, which it needs anyway.

python benchmarks/import_time.py [--runs 15] [--limit 80]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

PROGRAM = """
import time
begin = time.perf_counter()
import numpy
middle = time.perf_counter()
import llamacffi
end = time.perf_counter()
print(middle - begin, end - middle)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--limit", type=float, default=80.0, help="milliseconds")
    parser.add_argument("--top", type=int, default=8, help="show the modules that cost most")
    options = parser.parse_args()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)

    run("-c", PROGRAM)  # fills the file cache and writes the .pyc files
    numpy, ours = zip(
        *((1000 * float(t) for t in run("-c", PROGRAM).stdout.split()) for _ in range(options.runs)), strict=True
    )
    median = statistics.median(ours)
    print(f"import numpy: {statistics.median(numpy):.1f} ms")
    print(
        f"then import llamacffi: {median:.1f} ms [{min(ours):.1f} … {max(ours):.1f}] over {options.runs} runs"
        f"  ({'under' if median < options.limit else 'OVER'} {options.limit:g} ms)"
    )

    trace = run("-X", "importtime", "-c", "import numpy; import llamacffi").stderr.splitlines()
    after_numpy = trace[max(i for i, line in enumerate(trace) if line.rsplit("|")[-1].strip() == "numpy") + 1 :]
    costs = sorted((int(line.split("|")[0].split(":")[1]), line.split("|")[2].strip()) for line in after_numpy)
    for cost, module in reversed(costs[-options.top :]):
        print(f"{cost / 1000:8.1f} ms {module}")
    sys.exit(median >= options.limit)


if __name__ == "__main__":
    main()
