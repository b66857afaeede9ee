"""Flags of llama-server and llama-cpp-python that people have in their scripts, and that mean nothing here."""

from __future__ import annotations

__all__ = ["GONE", "IDLE", "IDLE_WITH_VALUE", "MEBIBYTES"]

IDLE = {
    "--jinja": "templates are always rendered so",
    "--embedding": "embeddings are always answered",
    "--embeddings": "embeddings are always answered",
    "--reranking": "reranking is always answered where the model can",
    "--rerank": "reranking is always answered where the model can",
    "--cont-batching": "requests always share batches",
    "-cb": "requests always share batches",
    "--warmup": "nothing is warmed up",
    "--no-warmup": "nothing is warmed up",
    "--offline": "set HF_HUB_OFFLINE=1",
    "--perf": "times are always told",
    "--no-perf": "times are always told",
    "--escape": "settings are taken as they are",
    "-e": "settings are taken as they are",
    "--no-escape": "settings are taken as they are",
    "--special": "control tokens are part of no answer",
    "-sp": "control tokens are part of no answer",
    "--repack": "llama.cpp decides it",
    "--no-repack": "llama.cpp decides it",
    "--prefill-assistant": "a last message of the assistant's is always gone on from",
    "--cache-idle-slots": "what slots held is always kept while there is room",
    "--no-context-shift": "an answer ends where the context does",
    "--models-autoload": "models are always loaded on demand",
    "--log-prefix": "log_format is meant",
    "--log-timestamps": "every line of the log has its time",
    "--no-log-timestamps": "every line of the log has its time",
}
"""What they ask for is so, or does not matter."""
IDLE_WITH_VALUE = {
    "--threads-http": "requests are read by one event loop",
    "--slot-prompt-similarity": "a prompt finds its longest beginning in every slot",
    "-sps": "a prompt finds its longest beginning in every slot",
    "--cache-reuse": "what prompts have in common is taken over from their beginning",
    "--ctx-checkpoints": "the engine keeps what it needs",
    "-ctxcp": "the engine keeps what it needs",
    "--swa-checkpoints": "the engine keeps what it needs",
    "--defrag-thold": "llama.cpp needs none any more",
    "-dt": "llama.cpp needs none any more",
    "--prio": "the operating system's tools set priorities",
    "--poll": "llama.cpp's own is taken",
    "--log-colors": "the log has no colours",
    "-lv": "log_level is meant",
    "--verbosity": "log_level is meant",
    "--log-verbosity": "log_level is meant",
    "-fit": "n_gpu_layers=auto takes as many layers as fit",
    "--fit": "n_gpu_layers=auto takes as many layers as fit",
    "--disable_ping_events": "ping_seconds is meant",
    "--cache_type": "what prompts have in common is always kept",
    "--mul_mat_q": "llama.cpp decides it",
}
GONE = {
    "--props": "settings are set when the server is started",
    "--no-jinja": "there is no other way to render templates",
    "--context-shift": "requests for which the context may shift say so",
    "--tools": "tools are run by the client that offers them",
    "--path": "no other files are served",
    "--reuse-port": "one process serves a model",
    "--interrupt_requests": "requests are answered side by side; nothing interrupts them",
    "--models-dir": "a config file lists models",
    "--models-preset": "a config file lists models",
}
"""What they ask for is not so."""
MEBIBYTES = {"--cache-ram": "host_bytes", "-cram": "host_bytes"}
"""Flags that count in MiB what our settings count in bytes."""
