"""`Api` to `options.py`: the keyword arguments of Model and Context as TypedDicts, read from llama.cpp's structs."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bindgen import ctype
from bindgen.headers import HeaderError
from bindgen.stub_types import FLOATS, INTEGERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bindgen.declarations import Api, Field, Record

_CLASSES = (
    ("ModelOptions", "llama_model_params", "Model"),
    ("ContextOptions", "llama_context_params", "Model.context"),
)
# What has another form in Python, which `core` turns into C. Every other pointer is left out.
_PYTHON_FORMS = {
    "n_gpu_layers": 'int | Literal["auto"]',
    "tensor_split": "Sequence[float]",
    "kv_overrides": "Mapping[str, bool | int | float | str]",
    "tensor_buft_overrides": "Mapping[str, str]",
}
_PYTHON_DOCS = {
    "kv_overrides": "override key-value pairs of the model meta data: a value for each key",
    "tensor_buft_overrides": "the name of a buffer type for each pattern (a regular expression over tensor names)",
}
# Counts the items of a pointer that is left out.
_LEFT_OUT = ("n_samplers",)

_HEAD = '''\
"""The options of `Model` and `Model.context`, by llama.cpp's own names.

Generated from llama.cpp's headers by `python build_ffi.py generate`; do not edit.
An option that is not given keeps llama.cpp's default. An enum is given as its number or by the name of its enumerator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
'''


def emit(api: Api) -> str:
    """The module's text; raises HeaderError when llama.cpp has no such struct any more."""
    parts = [_HEAD]
    for class_name, struct, user in _CLASSES:
        record = api.records.get(struct)
        if record is None or record.fields is None:
            message = f"the headers define no struct {struct}, from which {class_name} is made"
            raise HeaderError(message)
        parts.append(_class(api, class_name, record, user))
    return "\n\n".join(parts)


def _class(api: Api, name: str, record: Record, user: str) -> str:
    taken, left_out = [], []
    for field in record.fields or ():
        annotation = _annotation(api, field)
        if annotation:
            taken.append((field, annotation))
        else:
            left_out.append(field.name)
    body = "\n".join(line for field, annotation in taken for line in _option(field, annotation))
    constant = name.removesuffix("Options").upper() + "_OPTIONS"
    names = "".join(f'    "{field.name}",\n' for field, _ in taken)
    missing = "\n".join(textwrap.wrap(", ".join(left_out), 112, initial_indent="    ", subsequent_indent="    "))
    return (
        f"class {name}(TypedDict, total=False):\n"
        f'    """What `{user}` takes, of `struct {record.name}` ({record.header}:{record.line}).\n\n'
        f"    Not taken, because Python has another way for it or none yet:\n{missing}.\n"
        f'    """\n\n{body}\n\n\n'
        f"{constant}: Final = (\n{names})\n"
    )


def _option(field: Field, annotation: str) -> Iterator[str]:
    yield f"    {field.name}: {annotation}"
    doc = _PYTHON_DOCS.get(field.name, field.doc).replace("\\", "\\\\").replace('"""', "'''")
    lines = [piece for line in doc.split("\n") for piece in textwrap.wrap(line, 110)]
    if len(lines) == 1:
        yield f'    """{lines[0]}"""'
    elif lines:
        yield f'    """{lines[0]}'
        yield from (f"    {line}" for line in lines[1:])
        yield '    """'


def _annotation(api: Api, field: Field) -> str | None:
    """The Python type of a field; None when it is no option."""
    if field.name in _LEFT_OUT:
        return None
    if field.name in _PYTHON_FORMS:
        return _PYTHON_FORMS[field.name]
    name = ctype.bare(field.type)
    if field.type.startswith("enum ") or name in {enum.name for enum in api.enums}:
        return "int | str"
    if name == "bool":
        return "bool"
    if name in INTEGERS:
        return "int"
    return "float" if name in FLOATS else None
