"""OpenAI's Responses: one call for answers, thoughts and calls, and conversations that go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

__all__ = ["routers"]


def routers() -> list[APIRouter]:
    """Its routes."""
    from llamacffi.server.responses import routes

    return [routes.router]
