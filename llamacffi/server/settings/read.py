"""Settings out of a file, the environment and the command line; what comes later wins."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from llamacffi.server.settings.defaults import RequestDefaults
from llamacffi.server.settings.flag import Settings, flag_of, own_fields
from llamacffi.server.settings.foreign import GONE, IDLE, IDLE_WITH_VALUE, MEBIBYTES
from llamacffi.server.settings.model import ModelSettings
from llamacffi.server.settings.server import ServerSettings

__all__ = ["SettingsError", "read_settings"]

_PREFIX = "LLAMACFFI_"
_SHORT = re.compile(r"-[A-Za-z]")


class SettingsError(ValueError):
    """A setting that cannot be; its message says which, where it was said, and what to do."""


def read_settings(
    arguments: Sequence[str] = (), *, environment: Mapping[str, str] | None = None, **more: Any
) -> ServerSettings:
    """The settings of a server, from its command line, its environment, and the file that either names.

    `more` wins over all of them. Raises SettingsError.
    """
    environment = os.environ if environment is None else environment
    flags = _flags(arguments)
    where = flags.pop("config_file", None) or environment.get(f"{_PREFIX}CONFIG_FILE") or environment.get("CONFIG_FILE")
    filed = _file(Path(where)) if where else {}
    entries = filed.pop("models", None)
    said = {**_variables(environment), **flags, **more}
    shared = {**filed, **said}
    ours = {name: value for name, value in shared.items() if name in ServerSettings.model_fields}
    models = {name: value for name, value in shared.items() if name in ModelSettings.model_fields}
    unknown = [name for name in shared if name not in ours and name not in models]
    if unknown:
        raise SettingsError(_unknown(unknown[0], where or "the settings"))
    if entries is not None and not isinstance(entries, list):
        raise SettingsError(f"{where}: models is {type(entries).__name__}, but must be a list")
    if entries and "model" in said:
        raise SettingsError(f"{where} has a list of models; leave {said['model']!r} out, or the list")
    listed = [{**models, **_entry(one, where)} for one in entries] if entries else [models] if "model" in models else []
    try:
        return ServerSettings(models=tuple(ModelSettings(**one) for one in listed), **ours)
    except ValidationError as error:
        raise SettingsError(_told(error)) from None


def parser() -> argparse.ArgumentParser:
    """The command line of `llamacffi serve` and `python -m llamacffi.server`."""
    found = argparse.ArgumentParser(prog="llamacffi serve", description=__doc__, allow_abbrev=False)
    found.add_argument("model_", nargs="?", metavar="MODEL", help=_help(ModelSettings, "model"))
    found.add_argument(
        "--config_file", "--config-file", metavar="FILE", help="settings in YAML, TOML or JSON; `models` lists several"
    )
    for kind, title in (
        (ModelSettings, "the model"),
        (RequestDefaults, "requests that do not say otherwise"),
        (ServerSettings, "the server"),
    ):
        group = found.add_argument_group(title)
        for name, field in own_fields(kind).items():
            _add(group, name, field, _help(kind, name))
    for spelling in (*IDLE, *GONE):
        found.add_argument(spelling, action=_Idle, nargs=0, help=argparse.SUPPRESS)
    for spelling in IDLE_WITH_VALUE:
        found.add_argument(spelling, action=_Idle, nargs=1, help=argparse.SUPPRESS)
    for spelling, name in MEBIBYTES.items():
        found.add_argument(spelling, dest=name, action=_Mebibytes, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return found


def _add(group: Any, name: str, field: Any, text: str) -> None:
    flag = flag_of(field)
    own = dict.fromkeys(form for one in (*flag.spellings, f"--{name}") for form in _forms(one))
    switches = field.annotation is bool or flag.on or flag.off
    group.add_argument(
        *own,
        dest=name,
        default=argparse.SUPPRESS,
        help=text,
        **({"nargs": "?", "const": "true"} if switches else {}),
    )
    if flag.on and flag.on not in own:
        group.add_argument(flag.on, dest=name, action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    if flag.off and flag.off not in own:
        group.add_argument(flag.off, dest=name, action="store_false", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _forms(spelling: str) -> tuple[str, ...]:
    """With dashes, as llama-server's words have them, and with underscores, as llama-cpp-python's."""
    if not spelling.startswith("--"):
        return (spelling,)
    word = spelling[2:]
    return spelling, f"--{word.replace('_', '-')}", f"--{word.replace('-', '_')}"


class _Idle(argparse.Action):
    def __call__(self, parser: Any, _namespace: Any, _values: Any, option: str | None = None) -> None:
        if option in GONE:
            parser.error(f"{option} is llama-server's or llama-cpp-python's, and not known here: {GONE[option]}")


class _Mebibytes(argparse.Action):
    def __call__(self, parser: Any, namespace: Any, values: Any, option: str | None = None) -> None:
        try:
            n = int(values)
        except ValueError:
            parser.error(f"{option} is {values!r}, but must be a whole number of MiB; -1 is no limit")
        setattr(namespace, self.dest, 2**63 - 1 if n < 0 else n * 2**20)


def _help(kind: type[Settings], name: str) -> str:
    field = kind.model_fields[name]
    default = "" if field.is_required() or field.default in (None, (), "") else f" [{field.default}]"
    return ((field.description or "") + default).replace("%", "%%")


def _flags(arguments: Sequence[str]) -> dict[str, Any]:
    known = parser()
    spellings = {spelling for action in known._actions for spelling in action.option_strings}  # noqa: SLF001
    for one in arguments:
        # argparse would take -md FILE for -m d FILE.
        if _SHORT.match(one) and one.partition("=")[0] not in spellings:
            raise _no_flag(one, spellings)
    found, rest = known.parse_known_args(list(arguments))
    if rest:
        raise _no_flag(rest[0], spellings)
    flags = {name: value for name, value in vars(found).items() if value is not None}
    model = flags.pop("model_", None)
    if model is not None:
        if "model" in flags:
            raise SettingsError(f"two models are named, {model} and {flags['model']}: a config file lists several")
        flags["model"] = model
    return flags


def _no_flag(given: str, spellings: Collection[str]) -> SettingsError:
    ours = [one for one in spellings if one not in {*IDLE, *IDLE_WITH_VALUE, *GONE}]
    near = difflib.get_close_matches(given.partition("=")[0], ours, 1, 0.6)
    hint = f"; did you mean {near[0]}?" if near else ": see llamacffi serve --help"
    return SettingsError(f"{given} is no flag of the server{hint}")


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for kind in (ModelSettings, ServerSettings):
        for name, field in kind.model_fields.items():
            for variable in (f"{_PREFIX}{name.upper()}", *flag_of(field).variables):
                if name != "models" and environment.get(variable):
                    found[name] = environment[variable]
                    break
    return found


def _file(path: Path) -> dict[str, Any]:
    """What a file says."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings in {path} cannot be read: {error}") from error
    try:
        found = _parsed(path.suffix.lower(), text)
    except ValueError as error:
        raise SettingsError(f"{path} is not written as {path.suffix} is: {error}") from error
    if not isinstance(found, dict):
        raise SettingsError(f"{path} holds {type(found).__name__}, but must hold names of settings with their values")
    return {_name(key): value for key, value in found.items()}


def _parsed(ending: str, text: str) -> Any:
    if ending == ".json":
        return json.loads(text)
    if ending == ".toml":
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        return tomllib.loads(text)
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


_OLD_NAMES = {"model_alias": "alias", "api_keys": "api_key", "clip_model_path": "mmproj"}


def _name(key: object) -> str:
    name = str(key).replace("-", "_")
    return _OLD_NAMES.get(name, name)


def _entry(entry: object, where: object) -> dict[str, Any]:
    """One of a file's models: its settings, or what it is called alone."""
    if isinstance(entry, str):
        return {"model": entry}
    if not isinstance(entry, dict):
        raise SettingsError(f"{where}: a model is {entry!r}, but must be a name, or settings with their values")
    found = {_name(key): value for key, value in entry.items()}
    for name in found:
        if name not in ModelSettings.model_fields:
            raise SettingsError(_unknown(name, f"{where}, models"))
    return found


def _unknown(name: str, where: object) -> str:
    near = difflib.get_close_matches(name, [*ModelSettings.model_fields, *ServerSettings.model_fields], 1, 0.6)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{where}: {name} is no setting{hint}"


def _told(error: ValidationError) -> str:
    """Each thing that is wrong, a line."""
    lines = []
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"])
        said = one["msg"].removeprefix("Value error, ")
        lines.append(f"{where}: {said}, not {one['input']!r:.80}" if where and where != "api_key" else said)
    return "; ".join(lines)
