"""Models out of their settings: loaded, and measured before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi.chat import ChatTemplate
from llamacffi.core.dry_load import memory_use
from llamacffi.core.model import Model
from llamacffi.errors import BackendError
from llamacffi.hub import resolve
from llamacffi.llama import Llama
from llamacffi.llama.formats import TemplateHandler, chat_format_names
from llamacffi.llama.options import given, parts
from llamacffi.llama.room import n_ctx_of
from llamacffi.server.models.projector import load_projector, projector_size
from llamacffi.server.settings.model import is_template

if TYPE_CHECKING:
    from llamacffi.engine import EngineObserver
    from llamacffi.server.settings import ModelSettings

__all__ = ["load_model", "memory_needed"]


def load_model(settings: ModelSettings, *, observer: EngineObserver | None = None) -> Llama:
    """Load a model and make its engine. Raises what `Llama` raises."""
    llama = Llama(settings.model, observer=observer, **settings.llama_options())
    try:
        llama.model.set_projector(load_projector(settings, llama.model))
        template = _template(settings, llama)
        if template is not None:
            llama.chat_handler = TemplateHandler(template)
        _ = llama.engine
        for one in settings.lora:  # one that cannot be is found now, not by the first request
            llama._adapter(one.path)  # noqa: SLF001 - a Llama loads each once
    except BaseException:
        llama.close()
        raise
    return llama


def memory_needed(settings: ModelSettings) -> int:
    """Bytes that a model takes when it is loaded, on all devices together, its context's cache and projector included.

    It is loaded without its weights for that; the file is fetched, if it is not there yet. Raises what `Llama` raises.
    """
    options = given(settings.llama_options())
    sorted_out = parts(options)
    path = resolve(settings.model)
    placed = {name: sorted_out.model.pop(name) for name in ("devices", "rpc_servers", "n_cpu_moe")}
    plain = {name: value for name, value in sorted_out.model.items() if name not in ("progress", "load_mode")}
    if isinstance(options["n_gpu_layers"], int):
        plain["n_gpu_layers"] = options["n_gpu_layers"]
    try:
        n_ctx = options["n_ctx"]
        if not n_ctx:
            with Model(path, no_alloc=True, load_mode="none", **placed, **plain) as model:
                n_ctx = n_ctx_of(model, n_ctx, sorted_out.context)
        sizes = {"n_ctx": n_ctx, "n_batch": min(n_ctx, settings.n_batch), "n_ubatch": min(n_ctx, settings.n_ubatch)}
        slots: dict[str, Any] = {"n_seq_max": min(256, 2 * settings.n_parallel), "kv_unified": True}
        shape: dict[str, Any] = {**sorted_out.context, **sizes, **slots}
        model_options: Any = plain
        used = memory_use(path, **placed, model_options=model_options, **shape)
    except BackendError:  # this llama.cpp cannot measure
        return Path(path).stat().st_size + projector_size(settings)
    return sum(one.total for one in used) + projector_size(settings)


def _template(settings: ModelSettings, llama: Llama) -> ChatTemplate | None:
    """What is to be used instead of the model's own template, or of a chat format that has a name."""
    name, text = settings.chat_format, None
    if settings.chat_template_file is not None:
        text = settings.chat_template_file.read_text("utf-8")
    elif name is not None and is_template(name):
        text = name
    if text is not None:
        vocab = llama.vocab
        bos, eos = ("" if token is None else vocab.text(token) for token in (vocab.bos, vocab.eos))
        template = ChatTemplate(text, bos_token=bos, eos_token=eos)
        _ = template.variables  # which raises what is wrong with it
        return template
    if name is not None and name not in chat_format_names() and name in ChatTemplate.builtin_names():
        return ChatTemplate.builtin(name)
    return None
