"""The server, with models that are loaded already."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from llamacffi import Llama
from llamacffi.server.app import create_app
from llamacffi.server.models.registry import Models
from llamacffi.server.settings import ModelSettings, ServerSettings

__all__ = ["openai_app"]


def openai_app(llamas: Mapping[str, Llama]) -> FastAPI:
    one_each = tuple(ModelSettings(model=llama.model_path, alias=(name,)) for name, llama in llamas.items())
    settings = ServerSettings(models=one_each, allowed_hosts=("testserver",))
    return create_app(settings, Models(one_each, load=lambda one: llamas[one.alias[0]]))
