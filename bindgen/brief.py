"""Which functions are over before another thread could make use of the GIL.

Giving the GIL up and taking it back costs more than such a function itself, and beside a busy Python thread it costs
thousands of times as much: the other thread keeps the GIL for its whole switch interval. So the wrappers of these
functions hold it. The rule is narrow, because a function that waited for something while it holds the GIL would stop
the whole process.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bindgen import ctype

if TYPE_CHECKING:
    from bindgen.declarations import Api, Function

__all__ = ["is_brief"]

# Headers of plain data. A backend's functions may talk to a device or to another machine.
_HEADERS = frozenset({"ggml.h", "gguf.h", "llama.h"})
# Words of functions that read what they are given and take their time, or read files.
_LONG = re.compile(r"_(?:clone|copy|dup|fopen|init|load|print|quantize|save|validate|write)(?:_|$)")
_NUMBERS = re.compile(r"(?:unsigned )?(?:char|short|int|long|long long)|size_t|bool|float|double|u?int\d+_t")


def is_brief(api: Api, function: Function) -> bool:
    """Whether a function only reads: numbers, and records that it may not change, and gives a value back."""
    if function.header not in _HEADERS or function.returns == "void" or _LONG.search(function.name):
        return False
    types = [parameter.type for parameter in function.parameters]
    records = [type_ for type_ in types if _reads_record(api, type_)]
    # A text alone is a path; beside a record it is a key to look up there.
    return all(_is_number(api, t) or t in records or (records and t == "const char *") for t in types)


def _reads_record(api: Api, type_: str) -> bool:
    pointee = ctype.pointee(type_)
    return pointee is not None and pointee.startswith("const ") and ctype.bare(pointee) in api.records


def _is_number(api: Api, type_: str) -> bool:
    if type_.startswith("enum ") or _NUMBERS.fullmatch(type_):
        return True
    typedef = api.typedefs.get(type_)
    return typedef is not None and typedef.signature is None and _is_number(api, typedef.type)
