"""How long `import llamacffi` takes, beyond NumPy, which it needs anyway; and with the names that load the rest.

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
from llamacffi import Model, Sequence, ffi, stream_generate
whole = time.perf_counter()
print(middle - begin, end - middle, whole - middle)
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
    numpy, bare, whole = zip(
        *((1000 * float(t) for t in run("-c", PROGRAM).stdout.split()) for _ in range(options.runs)), strict=True
    )
    print(f"import numpy: {statistics.median(numpy):.1f} ms")
    good = True
    # The names of a package are imported when they are first used: the mark holds for what does something, too.
    for name, times in (("import llamacffi", bare), ("and with the compiled module and all nouns", whole)):
        median = statistics.median(times)
        good &= median < options.limit
        print(
            f"{name}: {median:.1f} ms [{min(times):.1f} … {max(times):.1f}] over {options.runs} runs"
            f"  ({'under' if median < options.limit else 'OVER'} {options.limit:g} ms)"
        )

    trace = run("-X", "importtime", "-c", PROGRAM).stderr.splitlines()
    after_numpy = trace[max(i for i, line in enumerate(trace) if line.rsplit("|")[-1].strip() == "numpy") + 1 :]
    costs = sorted((int(line.split("|")[0].split(":")[1]), line.split("|")[2].strip()) for line in after_numpy)
    for cost, module in reversed(costs[-options.top :]):
        print(f"{cost / 1000:8.1f} ms {module}")
    sys.exit(not good)


if __name__ == "__main__":
    main()
