"""What a type checker must know of the public classes. mypy reads this file; nothing runs it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Tokens
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

from llamacffi import (
    MTP,
    Adapter,
    AsyncEngine,
    ChatPrompt,
    ChatReply,
    ChatSession,
    ChatTemplate,
    Checkpoint,
    Choices,
    Chunk,
    Completion,
    Context,
    ControlVector,
    Device,
    DraftModel,
    DraftStart,
    Eagle3,
    Engine,
    FittedParams,
    Healing,
    Model,
    NativeDraft,
    Performance,
    PromptLookup,
    QuantizePlan,
    Request,
    RpcServer,
    SamplingParams,
    Sequence,
    State,
    Stream,
    ThreadPoolParams,
    TokenLogprob,
    TokenPredictor,
    Tool,
    Vocab,
    devices,
    fit_params,
    generate,
    generate_many,
    heal,
    hub,
    infill_prompt,
    plan_quantize,
    prompt_logprobs,
    quantize,
    rpc_devices,
    stream_generate,
    stream_generate_many,
    stream_objects,
)


def model_and_context(path: str) -> None:
    with Model(path, n_gpu_layers=0, load_mode="mmap") as model:
        assert_type(model, Model)
        assert_type(model.vocab, Vocab)
        assert_type(model.n_ctx_train, int)
        assert_type(model.chat_template(), str | None)
        context = model.context(n_ctx=512, flash_attn_type="disabled", samplers={}, threadpool=ThreadPoolParams(poll=0))
        assert_type(context, Context)
        assert_type(context.logits(), npt.NDArray[np.float32])
        assert_type(context.logits_view(None), npt.NDArray[np.float32])
        assert_type(context.sampled().token, int | None)
        assert_type(context.performance, Performance)
        assert_type(context.snapshot(), State)
        assert_type(context.checkpoint(0, tokens=[1], whole=True, on_device=True), Checkpoint)
        model.context(cb_eval=lambda tensor, ask: tensor.data() if ask else None)
        model.context(cb_eval=5)  # type: ignore[arg-type]
        model.context(n_ctxt=512)  # type: ignore[call-arg]
        model.context(n_ctx="512")  # type: ignore[arg-type]
    Model(path, n_gpu_layer=1)  # type: ignore[call-arg]
    Model()  # type: ignore[call-arg]


def tokens(vocab: Vocab) -> None:
    assert_type(vocab.tokenize("text", add_special=False), list[int])
    assert_type(vocab.detokenize([1, 2]), str)
    assert_type(vocab.piece(1), bytes)
    assert_type(vocab.is_eog(1), bool)
    vocab.tokenize("text", False)  # type: ignore[call-arg]


def text(sequence: Sequence) -> None:
    chunks = stream_generate(sequence, "prompt", SamplingParams(temperature=0, stop="\n"))
    assert_type(chunks, Iterator[Chunk])
    completion = generate(sequence, [1, 2, 3])
    assert_type(completion, Completion)
    assert_type(completion.text, str)
    completion.text = "other"  # type: ignore[misc]
    assert_type(generate_many(sequence, "prompt", n=2, best_of=4), tuple[Completion, ...])
    generate_many(sequence, "prompt")  # type: ignore[call-arg]
    assert_type(stream_generate_many(sequence, "prompt", n=2), Iterator[tuple[int, Chunk]])
    SamplingParams(temprature=0)  # type: ignore[call-arg]

    def processor(tokens: npt.NDArray[np.int32], logits: npt.NDArray[np.float32]) -> None:
        logits[tokens] = -np.inf

    SamplingParams(logits_processor=processor, stopping_criteria=[lambda progress: progress.tokens[-1] == 5])
    SamplingParams(logit_bias={5: 1.0})
    SamplingParams(logit_bias={" Paris": 1.0, 5: 2})
    SamplingParams(overflow="wrap")  # type: ignore[arg-type]
    assert_type(completion.finish.stop_token, int | None)


def places(sequence: Sequence, checkpoint: Checkpoint) -> None:
    assert_type(sequence.checkpoint(), Checkpoint)
    assert_type(sequence.checkpoints, tuple[Checkpoint, ...])
    assert_type(sequence.fork(1), Sequence)
    assert_type(sequence.load("file"), int)
    assert_type(checkpoint.tokens, tuple[int, ...])
    assert_type(checkpoint.valid, bool)
    checkpoint.save("file")  # type: ignore[attr-defined]


def adapters(model: Model, context: Context) -> None:
    adapter = model.adapter("lora.gguf")
    assert_type(adapter, Adapter)
    assert_type(adapter.invocation_tokens, tuple[int, ...])
    context.set_adapters({adapter: 0.5})
    context.set_adapters([adapter])  # type: ignore[arg-type]
    vector = ControlVector.load("vector.gguf")
    assert_type(0.5 * vector + vector, ControlVector)
    context.set_control_vector(vector)
    context.set_control_vector(None)
    context.set_control_vector("vector.gguf")  # type: ignore[arg-type]


def where_it_computes(path: str) -> None:
    fitted = fit_params(path, n_ctx=512, margin=2**30)
    assert_type(fitted, FittedParams)
    Model(path, **fitted.model_options)
    with RpcServer() as server, Model(path, n_gpu_layers="auto", rpc_servers=[server.address]) as model:
        assert_type(model.fitted, FittedParams | None)
        assert_type(model.layer_devices, tuple[str, ...])
        Model(path, devices=rpc_devices(server.address))
    Model(path, n_gpu_layers="all")  # type: ignore[arg-type]
    Model(path, devices=[1])  # type: ignore[list-item]


def smaller(path: str) -> None:
    assert_type(quantize(path, "small.gguf", "q8_0", keep_split=True, prune_layers=[1]), Path)
    assert_type(plan_quantize(path, "q8_0"), QuantizePlan)
    quantize(path, "small.gguf", "q8_0", pure="yes")  # type: ignore[arg-type]


def conversations(sequence: Sequence, vocab: Vocab) -> None:
    def add(a: int, b: int) -> int:
        return a + b

    session = ChatSession(sequence, system="Be brief.", tools=[add, Tool.from_function(add)], enable_thinking=False)
    assert_type(session.send("hello"), ChatReply)
    assert_type(session.run("add", tool_choice="add").content, str)
    for delta in session.stream("hello"):
        assert_type(delta.content, str)
    assert_type(session.fork(), ChatSession)
    ChatSession(sequence, overflow="wrap")  # type: ignore[arg-type]
    template = ChatTemplate.builtin("chatml")
    assert_type(template.encode([{"role": "user", "content": "hello"}], vocab), list[int])
    assert_type(template.apply([{"role": "user", "content": "hello"}]), ChatPrompt)


def constrained(sequence: Sequence) -> None:
    completion = generate(sequence, "prompt", SamplingParams(logprobs=5), schema={"type": "object"})
    assert_type(completion.parsed, Any)
    assert_type(completion.logprobs, tuple[TokenLogprob, ...])
    assert_type(prompt_logprobs(sequence, [1, 2], 3), tuple[TokenLogprob | None, ...])
    assert_type(stream_objects(sequence, "prompt", schema=int), Iterator[Any])
    SamplingParams(grammar=Choices(["yes", "no"]))
    SamplingParams(grammar=["yes", "no"])  # type: ignore[arg-type]


def gaps_and_ends(sequence: Sequence, vocab: Vocab) -> None:
    assert_type(infill_prompt(vocab, "a", "b", extra={"c.py": "c"}, order="spm", n_ctx=512), list[int])
    infill_prompt(vocab, "a", "b", order="msp")  # type: ignore[arg-type]
    tokens, healing = heal(vocab, [1, 2])
    assert_type(tokens, list[int])
    assert_type(healing, Healing | None)
    SamplingParams(token_healing=1)  # type: ignore[arg-type]
    assert_type(sequence.encode([1, 2]), bool)
    assert_type(sequence.source, tuple[int, ...])


def drafts(model: Model, context: Context, sequence: Sequence) -> None:
    draft = NativeDraft(context, model, n_max=4, p_min=0.5, type_k="f16")
    assert_type(draft.draft([DraftStart(0, 3, 7, 2)]), list[list[int]])
    NativeDraft(context, n_cells=3)  # type: ignore[call-arg]
    assert_type(next(stream_generate(sequence, "prompt", predictor=MTP(n_max=3))), Chunk)
    assert_type(generate(sequence, "prompt", predictor=Eagle3(model)), Completion)
    Eagle3("eagle3.gguf")  # type: ignore[arg-type]


def the_rest() -> None:
    assert_type(devices(), tuple[Device, ...])
    assert_type(hub.resolve("smollm2-135m-instruct", progress=True, offline=True), Path)
    assert_type(hub.mmproj("hf:owner/repo"), Path | None)
    assert_type(hub.verify("smollm2-135m-instruct").damage, str | None)
    assert_type(hub.pretrained("owner/repo", "*Q4*", additional_files=["a.json"], token=False), Path)
    assert_type(Model.from_pretrained("owner/repo", "Q8_0", revision="v1", n_gpu_layers=0), Model)
    Model.from_pretrained("owner/repo", n_gpu_layer=0)  # type: ignore[call-arg]
    assert_type(ChatTemplate("{{ messages }}").render([{"role": "user", "content": "hello"}]), str)
    ChatTemplate("").render([{"content": "whose?"}])


def guessed(sequence: Sequence, model: Model) -> None:
    class Always:
        def reset(self, tokens: Tokens[int]) -> None: ...

        def push(self, tokens: Tokens[int]) -> None: ...

        def predict(self, n_max: int) -> list[int]:
            return [1] * n_max

    predictor: TokenPredictor = Always()
    generate(sequence, "prompt", predictor=predictor)
    completion = generate(sequence, "prompt", predictor=PromptLookup(n_max=3))
    assert completion.speculation is not None
    assert_type(completion.speculation.acceptance, float)
    Request(prompt="prompt", predictor=DraftModel(model))
    Engine(model, predictor=PromptLookup()).close()
    Engine(model, predictor=predictor)  # type: ignore[arg-type]
    generate(sequence, "prompt", predictor="lookup")  # type: ignore[arg-type]
    PromptLookup(3)  # type: ignore[call-arg]


async def many(model: Model) -> None:
    with Engine(model, n_ctx=1024, n_parallel=4, n_threads=2) as engine:
        stream = engine.submit(Request(prompt="prompt", params=SamplingParams(max_tokens=5), priority=1))
        assert_type(stream, Stream)
        assert_type(next(stream), Chunk)
        assert_type(stream.completion(), Completion)
        assert_type(engine.generate(["one", [1, 2]]), list[Completion])
        assert_type(engine.stats().cells_used, int)
        assert_type(engine.stats().recent_tokens_per_second, float)
        assert_type(str(stream.trace), str)
        engine.generate(["one"], progress=lambda n, _total: n)
        engine.submit("prompt", wait=True)
        assert_type(engine.submit_many("prompt", n=2), list[Stream])
        assert_type(engine.generate_many("prompt", n=2, best_of=3), tuple[Completion, ...])
        assert_type(engine.embed(["one", [1, 2]], dimensions=3), npt.NDArray[np.float32])
        assert_type(engine.rerank("query", ["document"]), npt.NDArray[np.float32])
        engine.submit(
            Request(prompt=[1], adapters={model.adapter("lora.gguf"): 0.5}, control_vector=np.zeros((2, 3), np.float32))
        )
        Request(prompt="prompt", adapters=[model.adapter("lora.gguf")])  # type: ignore[arg-type]
        Engine(model, embedding_options={"pooling_type": "mean"})
        engine.submit("prompt", 5)  # type: ignore[arg-type]
    async with AsyncEngine(model) as awaited:
        assert_type(await awaited.generate("prompt"), Completion)
        assert_type(await awaited.generate_many("prompt", n=2), tuple[Completion, ...])
        assert_type(await awaited.classify(["one"]), npt.NDArray[np.float32])
        async for chunk in await awaited.submit("prompt"):
            assert_type(chunk, Chunk)
