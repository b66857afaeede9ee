"""What changed between two versions of the API, for the person who moves the pin."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bindgen import ctype

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bindgen.declarations import Api, Function, Record, Typedef, Variable


@dataclass(frozen=True)
class Kind:
    """One kind of declaration: how many there were and are; names added and removed, and what changed by name."""

    title: str
    before: int
    after: int
    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    changed: tuple[tuple[str, str], ...] = ()  # breaks code that was right before
    noted: tuple[tuple[str, str], ...] = ()  # does not, for names are looked up in the library


@dataclass(frozen=True)
class Diff:
    """The kinds of declarations that were compared, and the functions that became deprecated."""

    kinds: tuple[Kind, ...]
    deprecated: tuple[tuple[str, str], ...] = ()
    fields: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)  # lost or retyped, by record

    @property
    def breaking(self) -> bool:
        """Whether something that code may use is gone or has another shape."""
        return any(kind.removed or kind.changed for kind in self.kinds)

    @property
    def broken(self) -> tuple[str, ...]:
        """The names whose use may be wrong now; of a record that changed, its `fields` are to be looked for instead."""
        changed = (name for kind in self.kinds for name, _ in kind.changed if name not in self.fields)
        return (*(name for kind in self.kinds for name, _ in kind.removed), *changed)

    def render(self, places: Mapping[str, Sequence[object]] | None = None) -> str:
        """A report in text: a table of counts, then the names, what breaks first, each with the places that use it.

        `places` has them by name, a field's under `record.field`.
        """

        def used(name: str) -> str:
            keys = [name, *(f"{name}.{field}" for field in self.fields.get(name, ()))]
            rows = [(key, str(place)) for key in keys for place in (places or {}).get(key, ())]
            return "".join(f"\n      used in {place}{'' if key == name else f' ({key})'}" for key, place in rows)

        lines = [f"{'':12}{'old':>6}{'new':>6}{'added':>7}{'removed':>9}{'changed':>9}"]
        lines += [
            f"{kind.title:12}{kind.before:6}{kind.after:6}{len(kind.added):7}{len(kind.removed):9}"
            f"{len(kind.changed) + len(kind.noted):9}"
            for kind in self.kinds
        ]
        groups: tuple[tuple[str, Callable[[Kind], tuple[tuple[str, str], ...]]], ...] = (
            ("Removed", lambda kind: kind.removed),
            ("Changed", lambda kind: kind.changed),
            ("Changed, without breaking callers", lambda kind: kind.noted),
            ("Added", lambda kind: kind.added),
        )
        for title, rows in groups:
            listed = [f"  {k.title} {name}{_indent(text)}{used(name)}" for k in self.kinds for name, text in rows(k)]
            lines += ["", title, *listed] if listed else []
        if self.deprecated:
            listed = [f"  {name}{_indent(hint)}{used(name)}" for name, hint in self.deprecated]
            lines += ["", "Newly deprecated", *listed]
        return "\n".join(lines)


def _indent(text: str) -> str:
    if "\n" in text:
        return "".join(f"\n      {line}" for line in text.split("\n"))
    return f": {text}" if text else ""


def compare(old: Api, new: Api) -> Diff:
    """The differences between two API models.

    Breaking: something removed, a function's or a typedef's type, a field gone or of another type. Not breaking, since
    callers go by names: the value of a constant, the order of fields, a new field, a `const`.
    """
    a, b = _functions(old), _functions(new)
    gone = {name: _hint(old.functions[name]) for name in a if name not in b}
    functions = _kind("function", a, b, removed=gone)
    enumerators = {name: _value(value) for name, value in old.enumerators.items()}
    constants = {name: _value(c.value) for name, c in old.constants.items()}
    new_enumerators = {name: _value(value) for name, value in new.enumerators.items()}
    new_constants = {name: _value(c.value) for name, c in new.constants.items()}
    deprecated = tuple(
        (f.name, f.deprecated)
        for f in new.functions.values()
        if f.deprecated is not None and f.name in old.functions and old.functions[f.name].deprecated is None
    )
    # A name that moves between an enum and a #define stays what it was for Python.
    everywhere = {**new_enumerators, **new_constants}
    return Diff(
        (
            functions,
            _records(old, new),
            _kind("typedef", _types(old.typedefs), _types(new.typedefs)),
            _kind("enumerator", enumerators, new_enumerators, harmless=True, elsewhere=everywhere),
            _kind("constant", constants, new_constants, harmless=True, elsewhere=everywhere),
            _kind("variable", _types(old.variables), _types(new.variables)),
        ),
        deprecated,
        _broken_fields(old, new),
    )


def _broken_fields(old: Api, new: Api) -> dict[str, tuple[str, ...]]:
    """The fields that are gone or have another type, by the record's name, without the path to an inner record."""
    found = {}
    for name, record in old.records.items():
        before, after = _fields(record), _fields(new.records[name]) if name in new.records else None
        if before is None or after is None:
            continue
        if lost := [f.rpartition(".")[2] for f, type_ in before.items() if type_ != after.get(f)]:
            found[name] = tuple(dict.fromkeys(lost))
    return found


def _kind(
    title: str,
    old: Mapping[str, str],
    new: Mapping[str, str],
    *,
    harmless: bool = False,
    removed: Mapping[str, str] | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> Kind:
    """Compare by name; `removed` gives the texts of names that are gone."""
    changed = [(name, text) for name, text in old.items() if name in new and new[name] != text]
    breaking = [] if harmless else [name for name, text in changed if _callable_as(text) != _callable_as(new[name])]
    return Kind(
        title,
        len(old),
        len(new),
        added=tuple((name, text) for name, text in new.items() if name not in old),
        removed=tuple(
            (name, (removed or old)[name]) for name in old if name not in new and name not in (elsewhere or {})
        ),
        changed=tuple((name, _change(text, new[name])) for name, text in changed if name in breaking),
        noted=tuple((name, _change(text, new[name])) for name, text in changed if name not in breaking),
    )


def _callable_as(type_: str) -> str:
    """A type without its `const`, and with one spelling for int: callers do the same with and without."""
    return re.sub(r"\bint32_t\b", "int", re.sub(r"\bconst\b\s*", "", type_))


def _change(old: str, new: str) -> str:
    return f"{old} -> {new}" if len(old) + len(new) < 60 else f"{old}\n{new}"


def _value(value: float | str | None) -> str:
    return "?" if value is None else repr(value)


def _functions(api: Api) -> dict[str, str]:
    """Signatures by types alone: a parameter's name is nothing to a caller."""
    return {
        f.name: ctype.prototype(f.returns, "", (replace(p, name="") for p in f.parameters), variadic=f.variadic)
        for f in api.functions.values()
    }


def _types(declarations: Mapping[str, Typedef] | Mapping[str, Variable]) -> dict[str, str]:
    return {name: declaration.type for name, declaration in declarations.items()}


def _hint(function: Function) -> str:
    return "" if function.deprecated is None else f"was deprecated: {function.deprecated}"


def _fields(record: Record) -> dict[str, str] | None:
    if record.fields is None:
        return None
    fields: dict[str, str] = {}
    for field in record.fields:
        if field.record:
            prefix = f"{field.name}." if field.name else ""
            fields.update({f"{prefix}{name}": type_ for name, type_ in (_fields(field.record) or {}).items()})
        elif field.name:
            fields[field.name] = field.type + (f" : {field.bits}" if field.bits is not None else "")
    return fields


def _records(old: Api, new: Api) -> Kind:
    changed: list[tuple[str, str]] = []
    noted: list[tuple[str, str]] = []
    for name, record in old.records.items():
        if name not in new.records:
            continue
        before, after = _fields(record), _fields(new.records[name])
        if before == after and list(before or ()) == list(after or ()):
            continue
        if before is None or after is None:
            (noted if before is None else changed).append((name, "now with fields" if before is None else "now opaque"))
            continue
        gone = [f"- {field}" for field in before if field not in after]
        other = [f"~ {f}: {before[f]} -> {after[f]}" for f in before if f in after and before[f] != after[f]]
        fresh = [f"+ {field}: {after[field]}" for field in after if field not in before]
        text = "\n".join([*gone, *other, *fresh]) or "fields in another order"
        (changed if gone or other else noted).append((name, text))
    return Kind(
        "record",
        len(old.records),
        len(new.records),
        added=tuple((name, "") for name in new.records if name not in old.records),
        removed=tuple((name, "") for name in old.records if name not in new.records),
        changed=tuple(changed),
        noted=tuple(noted),
    )
