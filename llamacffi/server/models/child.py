"""A model in a process of its own, so that what crashes there costs nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llamacffi.errors import ModelLoadError
from llamacffi.server.models.inheritance import SALT, SECRET, inherited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    import httpx

    from llamacffi.server.settings import ModelSettings, ServerSettings

__all__ = ["Child", "memory_needed_apart"]

_MODULE = "llamacffi.server.model_process"
_LINGERS = 5.0
"""Seconds beyond the time for answers to end, after which a process is killed."""


@dataclass(eq=False)
class Child:
    """A server of one model, which answers only who started it."""

    name: str
    settings: ModelSettings
    aliases: tuple[str, ...]
    grace_seconds: float
    process: subprocess.Popen[str]
    client: httpx.AsyncClient
    meta: dict[str, Any] = field(default_factory=dict)
    """What `/v1/models` tells of it."""
    modalities: frozenset[str] = frozenset()
    """What the model takes beside text."""
    created: int = field(default_factory=lambda: int(time.time()))
    closing: bool = False

    @classmethod
    async def start(cls, settings: ModelSettings, server: ServerSettings, ended: Callable[[Child, int], None]) -> Child:
        """Start the process, and wait until the model is loaded there.

        `ended` is called, with what the process returned, when it ends without being asked to. Raises ModelLoadError
        when it does so before the model is there.
        """
        import httpx

        secret = secrets.token_hex(32)
        process = _started({"settings": inherited(settings, server), "secret": secret})
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[str] = loop.create_future()
        made: list[Child] = []

        def told(line: str) -> None:
            if not ready.done():
                ready.set_result(line)

        def over(code: int) -> None:
            if not ready.done():
                ready.set_exception(ModelLoadError(settings.model, f"its process ended: {_why(code)}"))
            elif made and not made[0].closing:
                ended(made[0], code)

        def watch() -> None:  # a thread: no event loop of every platform waits for a process
            assert process.stdout is not None
            line = process.stdout.readline()
            with contextlib.suppress(RuntimeError):  # the loop is closed
                if line:
                    loop.call_soon_threadsafe(told, line)
                code = process.wait()
                loop.call_soon_threadsafe(over, code)

        threading.Thread(target=watch, name=f"llamacffi-child-{settings.name}", daemon=True).start()
        try:
            address = json.loads(await ready)["address"]
        except BaseException:
            process.kill()
            raise
        client = httpx.AsyncClient(
            base_url=address,
            headers={SECRET: secret},
            timeout=httpx.Timeout(None, connect=_LINGERS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
            trust_env=False,
        )
        child = cls(settings.name, settings, settings.aliases, server.grace_seconds, process, client)
        made.append(child)
        try:
            await child._load()
        except BaseException as error:
            process.kill()
            await child.close()
            if isinstance(error, httpx.HTTPError):
                raise ModelLoadError(settings.model, f"its process ended: {_why(process.wait())}") from error
            raise
        return child

    async def _load(self) -> None:
        loaded = await self.client.post("/models/load", json={"model": self.name})
        if loaded.is_error:
            raise ModelLoadError(self.settings.model, loaded.json()["error"]["message"])
        told = (await self.client.get(f"/v1/models/{self.name}")).json()
        self.meta = told["meta"]
        self.modalities = frozenset(told["architecture"]["input_modalities"]) - {"text"}

    @property
    def n_ctx(self) -> int:
        """Tokens of context that one request may have."""
        return int(self.meta.get("n_ctx", 0))

    @contextlib.asynccontextmanager
    async def asked(
        self, method: str, path: str, *, headers: Mapping[str, str], salt: str | None, body: bytes
    ) -> AsyncIterator[httpx.Response]:
        """The answer to a request, which is read as it comes. Raises httpx.HTTPError when the process has ended."""
        whose = {} if salt is None else {SALT: salt}
        request = self.client.build_request(method, path, headers={**headers, **whose}, content=body)
        response = await self.client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    async def metrics(self) -> str:
        """What Prometheus would be told; "" when the process has ended."""
        import httpx

        try:
            return (await self.client.get("/metrics")).text
        except httpx.HTTPError:
            return ""

    async def close(self) -> None:
        """End the process, once its answers have had their time."""
        self.closing = True
        await self.client.aclose()
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()  # which it takes for the end of this one
        try:
            self.process.wait(self.grace_seconds + _LINGERS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def memory_needed_apart(settings: ModelSettings, server: ServerSettings) -> int:
    """What `memory_needed` says, found out in another process. Raises ModelLoadError."""
    process = _started({"settings": inherited(settings, server), "measures": True})
    said, _ = process.communicate()
    if process.returncode or not said.strip():
        raise ModelLoadError(settings.model, f"its process ended: {_why(process.returncode)}")
    return int(json.loads(said)["bytes"])


def _started(told: Mapping[str, Any]) -> subprocess.Popen[str]:
    """A process that has been told what to do; a group of its own, as Ctrl-C is for this one."""
    alone: dict[str, Any] = (
        {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    process = subprocess.Popen(
        [sys.executable, "-m", _MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **alone
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    return process


def _why(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"by the signal {signal.Signals(-code).name}"
    return f"with the status {code}; the log says why"
