"""What ends a process that uses llama.cpp's samplers directly: here each is an exception, or works."""

from __future__ import annotations

import pytest

from tests.models import BigramModel
from tests.process import run_python

PRELUDE = """
import gc, math, sys, threading
import numpy as np
from llamacffi import *

model = Model(sys.argv[1])
vocab = model.vocab
context = model.context(n_ctx=256, n_threads=1)
batch = Batch(1)
batch.add(300, 0, output=True)
context.decode(batch)
row = context.logits()

def chain(*stages):
    return SamplerChain(*stages, vocab=vocab)

def raises(kind, function, *args):
    try:
        function(*args)
    except kind:
        return
    raise SystemExit(f"no {kind.__name__}")
"""

CODE = {
    "a forbidden token": """
for token in (10, vocab.eos):
    raises(GrammarError, chain(Grammar('root ::= "7"'), Greedy()).accept, token)
""",
    "tokens that are not in the vocabulary": """
for stage in (Grammar('root ::= "7"'), Penalties(repeat=2.0), DRY(1.0)):
    for token in (-1, 384, 2**31 - 1, 2**40):
        raises(ValueError, chain(stage, Greedy()).accept, token)
        raises((ValueError, OverflowError), chain(stage, Greedy()).apply, [0.0], [token])
raises(ValueError, chain(TopK(9), Infill(), Dist()).apply, [0.0, 0.0], [1, 384])
""",
    "nothing is left": """
def nothing(ids, logits):
    logits[:] = -np.inf
for stage in (Greedy(), Dist(1), Mirostat(1), MirostatV2(1), AdaptiveP(0.5, seed=1)):
    with chain(LogitBias(dict.fromkeys(vocab, -math.inf)), Typical(0.5), TopP(0.5), stage) as none:
        raises(LlamaError, none.sample, context)
    raises(ValueError, chain(PythonSampler(nothing), Typical(0.5), stage).sample, context)
""",
    "a function that raises, before every stage": """
def fail(ids, logits):
    raise KeyError
grammar = Grammar('root ::= "7"')
middle = (TopK(5), TopK(0), TopP(0.5), MinP(0.5), Typical(0.5), TemperatureExt(1, 0.5), Temperature(0),
          XTC(1.0, 0.1, 0, 1), TopNSigma(1.0), Penalties(repeat=2.0), DRY(1.0), LogitBias({1: 1.0}), grammar)
for stage in middle:
    for last in (Greedy(), Dist(1), Mirostat(1), MirostatV2(1), AdaptiveP(0.5, seed=1)):
        with chain(PythonSampler(fail), stage, last) as failing:
            raises(KeyError, failing.sample, context)
            raises(KeyError, failing.apply, row)
raises(KeyError, chain(PythonSampler(fail), TopK(5), Infill(), Greedy()).sample, context)
""",
    "numbers that cannot be sorted": """
for value in (math.nan, math.inf):
    bad = np.where(np.arange(len(row)) % 3 == 0, value, row)
    for stage in (TopK(300), TopP(0.9), Typical(0.9)):
        raises(ValueError, chain(stage, Greedy()).apply, bad)
        def spoil(ids, logits):
            logits[:] = bad
        raises(ValueError, chain(PythonSampler(spoil), stage, Greedy()).sample, context)
""",
    "a clone that accepts what its original chose": """
one = chain(AdaptiveP(0.1, seed=1))
token = one.apply(row).token
for clone in (one.clone(), one.clone().clone()):
    clone.accept(token)
    clone.sample(context)
""",
    "deep grammars, on a thread with little stack": """
def deep():
    for gbnf in ("root ::= " + "(" * 50000 + '"7"' + ")" * 50000,
                 "root ::= r0\\n" + "".join(f"r{i} ::= r{i + 1}\\n" for i in range(50000)) + 'r50000 ::= "7"'):
        with chain(Grammar(gbnf), Greedy()) as nested:
            nested.reset()
            nested.clone().sample(context)
    done.append(True)
done = []
threading.stack_size(256 * 1024)
thread = threading.Thread(target=deep)
thread.start()
thread.join()
assert done
""",
    "a pattern over a long text": """
token = vocab.tokenize("%", add_special=False)[0]
with chain(LazyGrammar('root ::= "7"', trigger_patterns=["^[%]*!$"]), Dist(1)) as lazy:
    lazy.accept(np.full(30, token))
    done = []
    def wait():
        lazy.accept(np.full(1500, token))  # more than 256 KB
        done.append(lazy.sample(context))
    threading.stack_size(256 * 1024)
    thread = threading.Thread(target=wait)
    thread.start()
    thread.join()
    assert done
""",
    "arrays that outlive their chain": """
kept = []
def keep(ids, logits):
    kept.append((ids, logits))
for _ in range(20):
    one = chain(TopK(50), PythonSampler(keep), Dist(1))
    one.sample(context)
    one.apply(np.zeros(200000 if len(kept) == 7 else 5)) if len(kept) != 7 else None
    one.close()
del one
context.close()
model.close()
gc.collect()
assert np.isfinite(sum(float(logits.sum()) + int(ids.sum()) for ids, logits in kept))
""",
    "functions that use the chain they are part of": """
def use(ids, logits):
    raises(LlamaError, itself.sample, context)
    raises(LlamaError, itself.apply, row)
    raises(LlamaError, itself.accept, 1)
    raises(LlamaError, itself.reset)
    raises(LlamaError, itself.clone)
    itself.close()
itself = chain(PythonSampler(use), Greedy())
itself.sample(context)
raises(ClosedError, itself.sample, context)
""",
    "functions that sample with another chain": """
other = SamplerChain(TopK(3), Dist(1))
def contrast(ids, logits):
    left = other.apply(logits)
    logits[~np.isin(ids, left.ids)] = -np.inf
with chain(PythonSampler(contrast), PythonSampler(contrast), Dist(1)) as outer:
    assert all(outer.sample(context) in np.argsort(-row)[:3] for _ in range(50))
""",
}


@pytest.mark.parametrize("what", CODE)
def test_no_crash(bigram: BigramModel, what: str) -> None:
    result = run_python(f"{PRELUDE}\n{CODE[what]}\nprint('lives')", str(bigram.path))
    assert (result.returncode, result.stdout, result.stderr) == (0, "lives\n", "")
