"""A page to chat on, whose files are this package's own."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from llamacffi.server.errors import ApiError
from llamacffi.server.state import state_of

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
_FILES = {
    path.name: path for path in (Path(__file__).parents[1] / "page").iterdir() if path.suffix in (".js", ".css", ".svg")
}
_INDEX = Path(__file__).parents[1] / "page" / "index.html"
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_HEADERS = {
    # What a model says may be anything: no script runs but these files, and nothing is fetched from elsewhere.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@router.get("/")
async def page(http: Request) -> Response:
    """The page."""
    _check(http)
    return FileResponse(_INDEX, headers=_HEADERS, media_type="text/html")


@router.get("/page/{name}")
async def file(http: Request, name: str) -> Response:
    """One of its files."""
    _check(http)
    path = _FILES.get(name)
    if path is None:
        raise ApiError(404, f"the page has no file {name!r:.80}")
    return FileResponse(path, headers=_HEADERS, media_type=_KINDS[path.suffix])


def _check(http: Request) -> None:
    if not state_of(http).settings.page:
        raise ApiError(404, "this server has no page: it was started with page=false")
