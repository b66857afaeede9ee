"""JSON Schema as a grammar, by llama.cpp's converter, and never more than the schema allows.

The converter passes over what it does not know. So a schema is first rewritten into what the converter honours to the
letter, and a keyword that cannot be is an error; rules of the converter that allow a little too much are replaced.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llamacffi.core.sampling import schema_grammar
from llamacffi.errors import GrammarError
from llamacffi.generation.constraints.keywords import ANNOTATIONS, APPLICATORS, FOR_TYPE, KNOWN, SILENT_FORMATS
from llamacffi.generation.constraints.merge import disjoint, merged, resolved, tagged
from llamacffi.generation.constraints.refusal import Unsupported, invalid, unsupported
from llamacffi.generation.constraints.regex import gbnf_regex
from llamacffi.generation.constraints.values import (
    MAX_ALTERNATIVES,
    check_counts,
    choice_of,
    count_of,
    escaped,
    number_of,
    types_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RewrittenSchema", "Unsupported", "gbnf_schema", "rewritten_schema"]

_MAX_BYTES = 1_000_000
_MAX_NODES = 5000
_MAX_DEPTH = 100
_MAX_OPTIONAL = 100  # the converter's time grows with the cube of it
_MAX_COMPARED = 200  # in a second
_MAX_INTEGER = 10**16 - 1  # the converter writes no more digits

# In place of the converter's: no halves of surrogate pairs, so that each is one character of the decoded text.
_CHAR = (
    r'[^"\\\x7F\x00-\x1F] | [\\] (["\\bfnrt] | '
    r'"u" ([0-9a-cA-Ce-fE-F] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}))'
)
# And no day or year that the calendar does not have.
_DATE = (
    r'([0-9]{3} [1-9] | [0-9]{2} [1-9] [0-9] | [0-9] [1-9] [0-9]{2} | [1-9] [0-9]{3}) "-" '
    r'(("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) | '
    r'("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30") | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8]))'
)
_REPLACED = {"char": _CHAR, "date": _DATE}
_HEX = "[0-9a-fA-F]"


@dataclass(frozen=True)
class RewrittenSchema:
    """A schema for llama.cpp's converter, and what is still to be done to the grammar that it writes."""

    document: dict[str, Any]
    """A schema that the converter honours to the letter."""
    own: tuple[str, ...]
    mark: str

    def exact(self, grammar: str) -> str:
        """A grammar with the converter's for `document` in it, made to allow no more than the schema does.

        A grammar may hold several schemas, and is then made exact for one after the other.
        """
        lines = []
        for line in grammar.splitlines():
            name, defines, body = line.partition(" ::= ")
            if name in _REPLACED:
                body = _REPLACED[name]
            elif re.search(r"additional-k\d*$", name) and r'[^"\\' not in body:
                # A key that begins as none of the properties do: that must be a character, not an escape.
                body = body.replace('[^"', r'[^"\\\x7F\x00-\x1F')
            lines.append(f"{name}{defines}{body}")
        constant = re.compile(rf'"\\"{self.mark}-(\d+)\\""')
        text = constant.sub(rf"{self.mark}-own-\1", "\n".join(lines))
        own = [f"{self.mark}-own-{i} ::= {rule}" for i, rule in enumerate(self.own)]
        return "\n".join([text, *(rule for rule in own if rule not in lines), ""])


def gbnf_schema(schema: Mapping[str, Any] | bool) -> str:  # noqa: FBT001 - True is a schema
    """The grammar, with the root `root`, of the JSON texts that are valid by `schema`.

    It may allow less: properties come in the schema's order, only those it names when it leaves others open, and
    numbers of at most 16 digits before and after the point. Raises Unsupported, a GrammarError, for a keyword that the
    grammar cannot honour, and GrammarError for a schema that is not valid or that nothing fulfils.
    """
    return _grammar(_text(schema))


def rewritten_schema(schema: Mapping[str, Any] | bool) -> RewrittenSchema:  # noqa: FBT001 - True is a schema
    """What `gbnf_schema` gives the converter, for who has llama.cpp call it. Raises as `gbnf_schema` does."""
    text = _text(schema)
    return _Writer(json.loads(text), text).rewritten()


def _text(schema: object) -> str:
    try:
        text = json.dumps(schema)
    except RecursionError as error:
        message = "the schema is nested too deeply"
        raise GrammarError(message) from error
    except (TypeError, ValueError) as error:
        message = f"the schema is not JSON: {error}"
        raise GrammarError(message) from error
    if len(text) > _MAX_BYTES:
        message = f"the schema has {len(text)} bytes; at most {_MAX_BYTES} are taken"
        raise GrammarError(message)
    return text


@lru_cache(maxsize=32)
def _grammar(text: str) -> str:
    """The same models are asked for again and again."""
    rewritten = _Writer(json.loads(text), text).rewritten()
    return rewritten.exact(schema_grammar(json.dumps(rewritten.document, ensure_ascii=False)))


class _Writer:
    def __init__(self, root: Any, text: str) -> None:
        self.root = root
        self._n_nodes = 0
        self._definitions: dict[str, Any] = {}
        self._names: dict[str, str] = {}
        self._refs: list[str] = []
        self._own: list[str] = []
        # Names that neither the schema's own can meet nor those of another schema in the same grammar.
        from hashlib import blake2b  # which brings OpenSSL's megabytes

        digest = blake2b(text.encode(), digest_size=8).hexdigest()
        self._mark = next(mark for mark in (f"z{digest}{'z' * i}z" for i in range(len(text))) if mark not in text)

    def rewritten(self) -> RewrittenSchema:
        normal = self.node(self.root, "#", 0)
        for ref in self._refs:  # grows while definitions name others
            self._definitions[self._names[ref]] = self.node(resolved(self.root, ref, "#"), ref, 0)
        _check_cycles(self._definitions)
        if self._definitions:
            if "$ref" in normal:  # before 0.3.36, llama.cpp did not look into what stands beside it
                normal = {"anyOf": [normal]}
            normal = {**normal, "$defs": self._definitions}
        try:
            json.dumps(normal, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            message = f"the schema has half of a surrogate pair in it: {error}"
            raise GrammarError(message) from error
        return RewrittenSchema(normal, tuple(self._own), self._mark)

    def node(self, schema: Any, path: str, depth: int) -> dict[str, Any]:
        """What the converter is given for `schema`."""
        self._n_nodes += 1
        if depth > _MAX_DEPTH or self._n_nodes > _MAX_NODES:
            what = f"nested more than {_MAX_DEPTH} deep" if depth > _MAX_DEPTH else f"of more than {_MAX_NODES} parts"
            message = f"the schema is {what}, at {path[:200]}; make it smaller"
            raise GrammarError(message)
        if schema is True:
            return {}
        if schema is False:
            raise invalid(path, "false allows no value")
        if not isinstance(schema, dict):
            raise invalid(path, f"it is {schema!r}, but a schema is an object or a boolean")
        schema = _asserted(schema, path)
        if "$ref" in schema:
            return self._ref(schema, path, depth)
        if "allOf" in schema:
            return self.node(merged(self.root, schema, path), path, depth + 1)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return self._alternatives(schema, keyword, path, depth)
        for keyword in APPLICATORS - {"type", "const", "enum"}:
            if keyword in schema:
                raise unsupported(path, keyword, "a grammar cannot express it")
        return self._value(schema, path, depth)

    def _ref(self, schema: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        if len(schema) > 1:
            return self.node(merged(self.root, {"allOf": [schema]}, path), path, depth + 1)
        ref = schema["$ref"]
        resolved(self.root, ref, path)
        if ref not in self._names:
            self._names[ref] = f"{self._mark}{len(self._refs)}"
            self._refs.append(ref)
        return {"$ref": f"#/$defs/{self._names[ref]}"}

    def _alternatives(self, schema: dict[str, Any], keyword: str, path: str, depth: int) -> dict[str, Any]:
        alternatives = schema[keyword]
        if not isinstance(alternatives, list) or not alternatives:
            raise invalid(f"{path}/{keyword}", "it must be a list of schemas, and not empty")
        if len(alternatives) > MAX_ALTERNATIVES:
            raise unsupported(path, keyword, f"it has {len(alternatives)} alternatives, of {MAX_ALTERNATIVES} at most")
        if keyword == "oneOf" and not tagged(self.root, alternatives):
            if len(alternatives) > _MAX_COMPARED:
                why = f"{len(alternatives)} alternatives, of {_MAX_COMPARED} at most, are compared with one another"
                raise unsupported(path, keyword, f"{why}; use anyOf, or a required constant that differs in each")
            for i, left in enumerate(alternatives):
                for j, right in enumerate(alternatives[:i]):
                    if not disjoint(self.root, left, right):
                        raise unsupported(path, keyword, f"alternatives {j} and {i} may match both; use anyOf")
        siblings = {key: value for key, value in schema.items() if key != keyword}
        nodes = []
        for i, alternative in enumerate(alternatives):
            where = f"{path}/{keyword}/{i}"
            if siblings:
                alternative = merged(self.root, {"allOf": [alternative, siblings]}, where)  # noqa: PLW2901
            nodes.append(self.node(alternative, where, depth + 1))
        return nodes[0] if len(nodes) == 1 else {"anyOf": nodes}

    def _value(self, schema: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        types = types_of(schema, path)
        if "const" in schema or "enum" in schema:
            return choice_of(schema, types, path)
        if types is None:
            groups = [kind for kind, keywords in FOR_TYPE.items() if keywords & schema.keys()]
            if not groups:
                return {}
            if groups == ["number"]:
                keyword = next(iter(FOR_TYPE["number"] & schema.keys()))
                raise unsupported(path, keyword, 'without a type it allows anything else; add "type": "integer"')
            types = groups[:1]  # values of other types would be valid too: a grammar may allow less
        nodes = [getattr(self, f"_{kind}")(schema, path, depth) for kind in types]
        return nodes[0] if len(nodes) == 1 else {"anyOf": nodes}

    def _null(self, schema: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        return {"type": "null"}

    def _boolean(self, schema: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        return {"type": "boolean"}

    def _number(self, schema: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        for keyword in FOR_TYPE["number"] & schema.keys():
            raise unsupported(path, keyword, 'of a "number" the grammar knows no bounds; "integer" has them')
        return {"type": "number"}

    def _integer(self, schema: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        if "multipleOf" in schema:
            raise unsupported(path, "multipleOf", "a grammar cannot divide")
        bounds = {key: number_of(schema, key, path) for key in FOR_TYPE["number"] & schema.keys()}
        if not bounds:
            return {"type": "integer"}
        low = max(
            math.ceil(bounds.get("minimum", -_MAX_INTEGER)),
            math.floor(bounds.get("exclusiveMinimum", -_MAX_INTEGER - 1)) + 1,
        )
        high = min(
            math.floor(bounds.get("maximum", _MAX_INTEGER)),
            math.ceil(bounds.get("exclusiveMaximum", _MAX_INTEGER + 1)) - 1,
        )
        if low > high:
            raise invalid(path, f"no integer is in its bounds {bounds}")
        for keyword, bound in bounds.items():
            if abs(bound) > _MAX_INTEGER:
                raise unsupported(path, keyword, f"{bound} has more than 16 digits")
        # Both: with one of them open the converter also writes numbers beyond the other, or zeros in front.
        return {"type": "integer", "minimum": low, "maximum": high}

    def _string(self, schema: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        schema = dict(schema)
        if schema.get("format") in SILENT_FORMATS:
            del schema["format"]
        present = sorted(FOR_TYPE["string"] & schema.keys())
        if "minLength" in present or "maxLength" in present:
            least, most = count_of(schema, "minLength", path), count_of(schema, "maxLength", path)
            check_counts(least, most, ("minLength", "maxLength"), path)
            others = [key for key in present if key in ("pattern", "format")]
            if others:
                raise unsupported(path, others[0], f"the grammar cannot hold it together with {present[-1]}")
            return {"type": "string", "minLength": least or 0} | ({} if most is None else {"maxLength": most})
        if len(present) == 2:
            raise unsupported(path, "pattern", "the grammar cannot hold it together with format")
        if "pattern" in present:
            if not isinstance(schema["pattern"], str):
                raise invalid(f"{path}/pattern", f"it is {schema['pattern']!r}, but must be a string")
            return self._rule(schema["pattern"], f"{path}/pattern")
        if "format" in present:
            return self._format(schema["format"], path)
        return {"type": "string"}

    def _format(self, name: Any, path: str) -> dict[str, Any]:
        if name in ("date", "time", "date-time", "uuid"):
            return {"type": "string", "format": name}
        if isinstance(name, str) and re.fullmatch("uuid[1-8]", name):
            return self._rule(f"^{_HEX}{{8}}-{_HEX}{{4}}-{name[-1]}{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}$", path)
        raise unsupported(path, "format", f"no grammar is known for {name!r}")

    def _rule(self, pattern: str, path: str) -> dict[str, Any]:
        """A constant of its own, which `exact` replaces by the rule for strings with this pattern."""
        try:
            rule = gbnf_regex(pattern, json_string=True)
        except GrammarError as error:
            raise Unsupported(f"the schema cannot be honoured at {path}: {error}", path) from error
        self._own.append(f'"\\"" {rule} "\\""')
        return {"type": "string", "const": f"{self._mark}-{len(self._own) - 1}"}

    def _array(self, schema: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        for keyword in FOR_TYPE["array"] & schema.keys() - {"items", "prefixItems", "additionalItems"}:
            if keyword == "uniqueItems" and schema[keyword] is False:
                continue
            if keyword not in ("minItems", "maxItems"):
                raise unsupported(path, keyword, "a grammar does not compare items")
        least, most = count_of(schema, "minItems", path), count_of(schema, "maxItems", path)
        check_counts(least, most, ("minItems", "maxItems"), path)
        items = schema.get("items", True)
        if isinstance(items, list) or "prefixItems" in schema:
            key = "items" if isinstance(items, list) else "prefixItems"
            if not isinstance(schema[key], list):
                raise invalid(f"{path}/{key}", f"it is {schema[key]!r}, but must be a list of schemas")
            first = schema[key][:most]
            if (least or 0) > len(first):
                raise unsupported(path, "minItems", f"only {len(first)} items are described one by one")
            return {
                "type": "array",
                "prefixItems": [self.node(one, f"{path}/{key}/{i}", depth + 1) for i, one in enumerate(first)],
            }
        counts = {"minItems": least or 0} | ({} if most is None else {"maxItems": most})
        if items is False or most == 0:
            if least:
                raise invalid(path, f"minItems is {least}, but no items are allowed")
            return {"type": "array", "prefixItems": []}
        return {"type": "array", "items": self.node(items, f"{path}/items", depth + 1), **counts}

    def _object(self, schema: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        for keyword in FOR_TYPE["object"] & schema.keys() - {"properties", "required", "additionalProperties"}:
            raise unsupported(path, keyword, "a grammar of this kind cannot express it")
        properties = schema.get("properties", {})
        if not isinstance(properties, dict):
            raise invalid(f"{path}/properties", f"it is {properties!r}, but must be an object")
        required = schema.get("required", [])
        if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
            raise invalid(f"{path}/required", f"it is {required!r}, but must be a list of names")
        extra = schema.get("additionalProperties", True)
        # Who is required and not described is as additionalProperties says.
        properties = {**properties, **{name: extra for name in required if name not in properties}}
        if len(properties) - len({*required}) > _MAX_OPTIONAL:
            n = len(properties) - len({*required})
            raise unsupported(path, "properties", f"{n} of them are optional, and at most {_MAX_OPTIONAL} can be")
        nodes = {
            name: self.node(value, f"{path}/properties/{escaped(name)}", depth + 1)
            for name, value in properties.items()
            # An optional one that is not allowed any value is left out.
            if value is not False or name in required
        }
        if not nodes and extra is not False:
            return {
                "type": "object",
                "additionalProperties": self.node(extra, f"{path}/additionalProperties", depth + 1),
            }
        result: dict[str, Any] = {"type": "object", "properties": nodes, "required": required}
        if "additionalProperties" not in schema or extra is False:
            return {**result, "additionalProperties": False}
        unsafe = [name for name in nodes if not name or re.search(r'[\x00-\x1f"\\\]^\x7f-]', name)]
        if unsafe:
            raise unsupported(path, "additionalProperties", f"the property {unsafe[0]!r} cannot be told from others")
        extra = self.node(extra, f"{path}/additionalProperties", depth + 1)
        return {**result, "additionalProperties": extra or True}


def _asserted(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """`schema` without what asserts nothing."""
    for keyword in schema:
        if keyword not in KNOWN and not keyword.startswith("x-"):
            raise invalid(f"{path}/{keyword}", f"{keyword!r} is no keyword of JSON Schema")
    return {key: value for key, value in schema.items() if key in KNOWN and key not in ANNOTATIONS}


def _check_cycles(definitions: dict[str, Any]) -> None:
    """Refuse a definition that is itself, with nothing of it written in between."""
    leads = {name: set(_leads(node)) for name, node in definitions.items()}
    done: set[str] = set()
    for start, first in leads.items():
        path = [start]
        stack = [(start, iter(first))]
        while stack:
            name, following = stack[-1]
            step = next(following, None)
            if step is None:
                stack.pop()
                path.pop()
                done.add(name)
            elif step in path:
                message = "the schema's $ref goes round in a circle without describing anything"
                raise GrammarError(message)
            elif step not in done:
                stack.append((step, iter(leads[step])))
                path.append(step)


def _leads(node: dict[str, Any]) -> list[str]:
    """The definitions that a value of `node` may be as a whole."""
    if "$ref" in node:
        return [node["$ref"].rpartition("/")[2]]
    return [name for alternative in node.get("anyOf", ()) for name in _leads(alternative)]
