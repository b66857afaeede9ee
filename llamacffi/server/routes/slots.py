"""The places of the requests that run: looked at, saved to a file, restored, erased."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from llamacffi.core.state import State
from llamacffi.errors import StateError
from llamacffi.server.driving import asking, make
from llamacffi.server.errors import ApiError
from llamacffi.server.events import dumps
from llamacffi.server.native.settings import RANDOM, settings_of
from llamacffi.server.schemas.answers import of
from llamacffi.server.state import state_of

if TYPE_CHECKING:
    from llamacffi.engine import Slot
    from llamacffi.server.driving import Use
    from llamacffi.server.models.served import Served

__all__ = ["router"]

router = APIRouter(tags=["llama-server"])
_LIST: Any = of(None, "What runs in each slot.")
_DONE: Any = of(None, "What was saved, restored or erased.")
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


class SlotFile(BaseModel):
    """Which file."""

    model_config = ConfigDict(extra="allow")

    filename: str = ""
    """A name without a folder."""


@router.get("/slots", response_model=None, responses=_LIST)
async def slots(http: Request, model: str | None = None, fail_on_no_slot: bool = False) -> Response:  # noqa: FBT001, FBT002 - a query
    """Tell what runs; with `fail_on_no_slot` an error while no slot is free."""
    if not state_of(http).settings.slots:
        raise ApiError(501, "slots are not told of; start the server with --slots")
    async with asking(http, model) as use:
        served = use.served
        listed = await make(served.llama.engine.slots.look)
        if fail_on_no_slot and all(slot.request for slot in listed):
            raise ApiError(503, "no slot is free")
        told = [_told(slot, served, mine=slot.cache_salt == use.salt) for slot in listed]
        return Response(dumps(told), media_type="application/json")


@router.post("/slots/{id_slot}", response_model=None, responses=_DONE)
async def slot_action(
    http: Request,
    id_slot: int,
    action: Literal["save", "restore", "erase"],
    asked: SlotFile | None = None,
    model: str | None = None,
) -> Response:
    """Save what a slot holds to a file, put it back, or forget it."""
    async with asking(http, model) as use:
        function = {"save": _save, "restore": _restore, "erase": _erase}[action]
        folder = None if action == "erase" else _folder(http, use)
        try:
            done = await make(function, use, id_slot, _file(folder, asked))
        except IndexError as error:
            raise ApiError(404, str(error)) from None
        except StateError as error:
            raise ApiError(400, str(error)) from None
        return Response(dumps({"id_slot": id_slot, **done}), media_type="application/json")


def _told(slot: Slot, served: Served, *, mine: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"id": slot.id, "n_ctx": served.n_ctx, "is_processing": slot.request is not None}
    if not mine:  # of another API key
        return told
    told["n_prompt_tokens"] = len(slot.tokens) - slot.n_generated if slot.request else len(slot.tokens)
    if slot.request is not None:
        params = slot.request.params
        n_max = params.max_tokens
        told["n_prompt_tokens_cache"] = slot.n_cached
        seed = RANDOM if params.seed is None else params.seed
        told["params"] = settings_of(params, seed, served, streams=True)
        n_left = -1 if n_max is None else n_max - slot.n_generated
        told["next_token"] = [{"has_next_token": True, "n_remain": n_left, "n_decoded": slot.n_generated}]
    return told


def _folder(http: Request, use: Use) -> Path:
    """Where the files are of whoever asks: with several API keys each has its own."""
    folder = state_of(http).settings.slot_save_path
    if folder is None:
        raise ApiError(501, "slots are not saved; start the server with --slot-save-path FOLDER")
    return folder if use.salt is None else folder / use.salt


def _file(folder: Path | None, asked: SlotFile | None) -> Path:
    if folder is None:
        return Path()
    name = "" if asked is None else asked.filename
    if not _NAME.fullmatch(name):
        message = f"filename is {name!r:.200}, but must be a name of up to 128 of A-Z, a-z, 0-9, _, - and ., no path"
        raise ApiError(400, message, param="filename")
    return folder / name


def _save(use: Use, i: int, path: Path) -> dict[str, Any]:
    begin = time.perf_counter()
    state = use.served.llama.engine.slots.save(i, cache_salt=use.salt)
    path.parent.mkdir(parents=True, exist_ok=True)
    state.save(path)
    return {"filename": path.name, "n_saved": len(state.tokens), "n_written": len(state), **_took("save_ms", begin)}


def _restore(use: Use, i: int, path: Path) -> dict[str, Any]:
    begin = time.perf_counter()
    try:
        state = State.load(path)
    except FileNotFoundError:
        raise ApiError(404, f"there is no saved slot of the name {path.name!r}", param="filename") from None
    n = use.served.llama.engine.slots.load(i, state, cache_salt=use.salt)
    return {"filename": path.name, "n_restored": n, "n_read": len(state), **_took("restore_ms", begin)}


def _erase(use: Use, i: int, _path: Path) -> dict[str, Any]:
    return {"n_erased": use.served.llama.engine.slots.erase(i, cache_salt=use.salt)}


def _took(name: str, begin: float) -> dict[str, Any]:
    return {"timings": {name: 1000 * (time.perf_counter() - begin)}}
