"""How many layers of a model fit on the devices, and how long a context."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi, lib, native_errors, start, to_c_options
from llamacffi._native.convert import integer
from llamacffi._native.options import CONTEXT_OPTIONS, MODEL_OPTIONS
from llamacffi.core import compat, overrides, placement, rpc
from llamacffi.core.files import located
from llamacffi.core.gguf import GGUFFile, check_file
from llamacffi.errors import BackendError, ModelLoadError, NativeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Unpack

    from llamacffi._native.options import ContextOptions, ModelOptions
    from llamacffi.core.backend import Device

__all__ = ["MARGIN", "N_CTX_MIN", "FittedParams", "check_free_to_fit", "fit", "fit_params", "model_params"]

MARGIN = 2**30
"""Bytes that stay free on each device, as llama.cpp's own programs leave."""
N_CTX_MIN = 4096

_SIZE_MAX = 2**63 - 1
_ITS_OWN = ("n_gpu_layers", "tensor_split", "tensor_buft_overrides")  # what the fit decides
_ERROR = 2  # COMMON_PARAMS_FIT_STATUS_ERROR


@dataclass(frozen=True)
class FittedParams:
    """Options of a model and a context that fit: `Model(path, **fitted.model_options)`, `n_ctx=fitted.n_ctx`."""

    n_gpu_layers: int
    """How many layers to offload; negative for all of them."""
    n_ctx: int
    tensor_split: tuple[float, ...]
    """How many layers each device gets; () when llama.cpp is to divide them."""
    tensor_buft_overrides: Mapping[str, str]
    """Tensors of layers that fit only in part, by pattern, and where they go instead."""
    fits: bool
    """Whether it all fits; when not, these are llama.cpp's defaults."""

    @property
    def model_options(self) -> ModelOptions:
        """What `Model` takes of it."""
        options: ModelOptions = {"n_gpu_layers": self.n_gpu_layers}
        if self.tensor_split:
            options["tensor_split"] = self.tensor_split
        if self.tensor_buft_overrides:
            options["tensor_buft_overrides"] = self.tensor_buft_overrides
        return options


def fit_params(
    path: str | os.PathLike[str],
    *,
    margin: int = MARGIN,
    n_ctx_min: int = N_CTX_MIN,
    devices: Sequence[Device | str] | None = None,
    rpc_servers: Sequence[str] = (),
    model_options: ModelOptions | None = None,
    **options: Unpack[ContextOptions],
) -> FittedParams:
    """Find out how many layers fit in the devices' free memory (llama-common's common_fit_params).

    Loads the model without its weights, several times. `options` are those of the context that is to fit too. Without
    `n_ctx` its length is found as well: that of the training, or less, down to `n_ctx_min`, before a layer stays on the
    CPU. `margin` bytes stay free on each device. `devices`, `rpc_servers` and `model_options` are those of `Model`.

    Raises ModelLoadError for what is no model, BackendError when this llama.cpp cannot do it.
    """
    start()
    given: dict[str, Any] = dict(model_options or {})
    params, pins, pointers = model_params(given, devices, rpc_servers)
    check_free_to_fit(given)
    return fit(path, params, pins, pointers, margin=margin, n_ctx_min=n_ctx_min, context=options)


def model_params(
    options: Mapping[str, Any], devices: Sequence[Device | str] | None, rpc_servers: Sequence[str]
) -> tuple[Any, dict[str, Any], Sequence[Any]]:
    """A `llama_model_params *`, what it points to, and the devices that were chosen."""
    params = ffi.new("struct llama_model_params *", lib.llama_model_default_params())
    pins = overrides.apply(params, dict(options))
    plain = {name: value for name, value in options.items() if name not in overrides.NAMES}
    to_c_options(params, plain, MODEL_OPTIONS, "Model")
    pointers = placement.chosen(devices, rpc_servers)
    if pointers is not None:
        params.devices = pins["devices"] = placement.table(pointers)
    return params, pins, pointers or ()


def check_free_to_fit(options: Mapping[str, Any]) -> None:
    """Refuse options that leave nothing to find out, or no model to measure. Raises ValueError."""
    own = [name for name in _ITS_OWN if options.get(name) not in (None, "auto")]
    if own:
        message = f"{' and '.join(own)} cannot be given: they are what is to be found out"
        raise ValueError(message)
    without = [name for name in ("vocab_only", "no_alloc") if options.get(name)]
    if without:
        message = f"with {without[0]}=True there are no weights that could fit or not"
        raise ValueError(message)


def fit(
    path: str | os.PathLike[str],
    params: Any,
    pins: dict[str, Any],
    pointers: Sequence[Any],
    *,
    margin: int = MARGIN,
    n_ctx_min: int = N_CTX_MIN,
    context: Mapping[str, object],
) -> FittedParams:
    """Set `params`, a `llama_model_params *` whose tables `pins` keeps alive, to what fits."""
    path = located(path)
    check_file(path)
    context_params = ffi.new("struct llama_context_params *", lib.llama_context_default_params())
    context_params.n_ctx = 0
    to_c_options(context_params, context, CONTEXT_OPTIONS, "Context")
    room = lib.llama_max_devices()
    margins = ffi.new("size_t[]", [integer("margin", margin, 0, _SIZE_MAX)] * room)
    n_ctx_min = integer("n_ctx_min", n_ctx_min, 1, 2**32 - 1)
    split = pins["tensor_split"] = ffi.new("float[]", room)
    table = ffi.new("struct llama_model_tensor_buft_override[]", compat.function("llama_max_tensor_buft_overrides")())
    pins["tensor_buft_overrides"] = table
    native_errors()  # what earlier calls left behind is not this one's reason
    name = os.fsencode(path)
    try:
        with rpc.connected(pointers):
            status = lib.lcffi_fit_params(name, params, context_params, split, table, margins, n_ctx_min)
    except NativeError as error:
        raise ModelLoadError(str(path), str(error)) from error
    if status == lib.LCFFI_FIT_MISSING:
        message = "this llama.cpp cannot fit a model to the devices: give n_gpu_layers as a number"
        raise BackendError(message)
    if status == _ERROR:
        raise ModelLoadError(str(path), native_errors() or "llama.cpp cannot measure its memory and gave no reason")
    if status != 0:  # llama.cpp leaves behind what it tried last
        params.n_gpu_layers = lib.llama_model_default_params().n_gpu_layers
        params.tensor_split = params.tensor_buft_overrides = ffi.NULL
    context_params.n_ctx = compat.fitted_n_ctx(context_params.n_ctx, lambda: GGUFFile(path))
    return _result(params, context_params, fits=status == 0)


def _result(params: Any, context_params: Any, *, fits: bool) -> FittedParams:
    names = {buffer_type: name for name, buffer_type in reversed(overrides.buffer_types().items())}
    patterns = {}
    entry = params.tensor_buft_overrides
    while entry and entry.pattern:
        patterns[ffi.string(entry.pattern).decode()] = names[entry.buft]
        entry += 1
    shares = list(params.tensor_split[0 : lib.llama_max_devices()]) if params.tensor_split else []
    while shares and shares[-1] == 0:
        shares.pop()
    return FittedParams(params.n_gpu_layers, context_params.n_ctx, tuple(shares), patterns, fits)
