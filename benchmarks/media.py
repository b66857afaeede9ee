"""Questions about one picture: how much sooner the second is answered, and what others' text loses meanwhile.

python benchmarks/media.py [--threads 0] [--model smollm2-135m-instruct]

The projector is fabricated: a vision transformer of random weights that takes seconds for a picture. Printed are the
time to the first token of a first and a second question about it, how often it was encoded for eight requests at once,
and the time between two tokens of another request alone and while a picture is encoded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from llamacffi import Engine, Media, Model, Projector, SamplingParams, hub
from llamacffi.core import MediaChunk
from tests.models import write_random_projector

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK_SOONER, MARK_BETWEEN = 10.0, 2.0
SIZE, PATCH, N_BLOCK = 768, 24, 150


def picture(seed: int) -> Media:
    """One like no other."""
    return Media.image(np.random.RandomState(seed).randint(0, 255, (SIZE, SIZE, 3)).astype(np.uint8))


def to_first(engine: Engine, prompt: list[int]) -> float:
    """Seconds to the first token."""
    begin = time.perf_counter()
    stream = engine.submit(prompt, SamplingParams(temperature=0, max_tokens=2, ignore_eos=True))
    next(iter(stream))
    seconds = time.perf_counter() - begin
    stream.completion()
    return seconds


def between(times: Iterable[float]) -> float:
    """The median of the seconds between two tokens."""
    return median(np.diff(list(times)).tolist())


def main() -> int:
    """Print the figures, and whether they are what is asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=0, help="of each; 0 for their defaults, which share the cores")
    parser.add_argument("--pictures", type=int, default=3)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Model(hub.resolve(options.model)) as model:
        path = Path(folder) / "mmproj.gguf"
        write_random_projector(path, model.n_embd, image=SIZE, patch=PATCH, n_block=N_BLOCK)
        projector = Projector(model, path, n_threads=options.threads or None)
        names = ("n_threads", "n_threads_batch") if options.threads else ()
        threads = dict.fromkeys(names, options.threads)
        with Engine(model, n_ctx=8192, **threads) as engine:
            engine.submit([5, 6, 7], SamplingParams(max_tokens=8)).completion()  # warm

            def prompt(seed: int, question: str) -> list[int]:
                return projector.prompt(["The picture is ", picture(seed), question])

            begin = time.perf_counter()
            (chunk,) = projector.chunks([picture(99)], add_special=False)
            assert isinstance(chunk, MediaChunk)
            projector.encode(chunk)
            print(f"a picture of {chunk.n_tokens} embeddings is encoded in {time.perf_counter() - begin:.2f} s")

            seconds = [
                (to_first(engine, prompt(i, ". What is it?")), to_first(engine, prompt(i, ". Where is it?")))
                for i in range(options.pictures)
            ]
            first, second = (median(times) for times in zip(*seconds, strict=True))
            print(
                f"first token: first question {first:.3f} s, second {second:.3f} s: {first / second:.1f} times sooner"
            )

            before = projector.n_encoded
            engine.generate([prompt(100, f". Question {i}?") for i in range(8)], SamplingParams(max_tokens=4))
            encoded = projector.n_encoded - before
            print(f"eight requests for one picture: encoded {encoded} time{'s' * (encoded != 1)}")

            ratios = []
            for i in range(options.pictures):
                text = iter(engine.submit([5, 6, 7], SamplingParams(temperature=0, max_tokens=4000, ignore_eos=True)))
                alone = [time.perf_counter() for _, _ in zip(range(60), text, strict=False)]
                seeing = prompt(200 + i, ". What is it?")
                n_encoded, meanwhile = projector.n_encoded, []
                stream = engine.submit(seeing, SamplingParams(temperature=0, max_tokens=1))
                for _ in text:
                    if projector.n_encoded > n_encoded:
                        break
                    meanwhile.append(time.perf_counter())
                stream.completion()
                ratios.append(between(meanwhile[1:]) / between(alone))
                del text
            slower = median(ratios)
            print(f"between two tokens of another: {slower:.2f} times as long while a picture is encoded")
    return 0 if first >= MARK_SOONER * second and encoded == 1 and slower <= MARK_BETWEEN else 1


if __name__ == "__main__":
    sys.exit(main())
