"""A part of Ollama's API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

__all__ = ["routers"]


def routers() -> list[APIRouter]:
    """Its routes."""
    from llamacffi.server.ollama import models, routes

    return [routes.router, models.router]
