"""Anthropic's Messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

__all__ = ["routers"]


def routers() -> list[APIRouter]:
    """Its routes."""
    from llamacffi.server.messages import routes

    return [routes.router]
