"""Finds the texts and messages that the program asks for, by reading its source."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from maestro_procore import i18n
from maestro_procore.drive import certificate_file
from maestro_procore.erp import row_rules
from maestro_procore.model import connections, problems, settings, value_maps
from maestro_procore.procore import catalogue, one_way
from maestro_procore.training import load

PACKAGE = Path(i18n.__file__).parent
KEY = re.compile(r"[a-z_]+(?:\.[a-zA-Z0-9_-]+)+")


@dataclass(frozen=True)
class Use:
    """One place in the source. key: whole, or a pattern with * where the program fills in."""

    where: str
    key: str
    args: frozenset[str] | None = None
    """Names handed over; None when they cannot be read from the source."""


@cache
def _sources() -> tuple[tuple[str, tuple[ast.AST, ...]], ...]:
    """File and every node of it, the module first: a dozen questions are asked of half a million nodes."""
    paths = sorted(PACKAGE.rglob("*.py"))
    trees = ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths)
    return tuple((str(path.relative_to(PACKAGE)), tuple(ast.walk(tree))) for path, tree in trees)


def forget_sources() -> Iterator[None]:
    """A fixture of the files that ask: the half million nodes do not stay for all the tests that follow."""
    yield
    _sources.cache_clear()


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _keys(expression: ast.expr) -> list[str]:
    """The keys that an expression can yield, "*" for what cannot be read."""
    match expression:
        case ast.Constant(value=str(key)):
            return [key]
        case ast.JoinedStr(values=parts):
            pattern = "".join(p.value if isinstance(p, ast.Constant) else "*" for p in parts)
            return [pattern]
        case ast.IfExp(body=one, orelse=other):
            return _keys(one) + _keys(other)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return [one + other for one in _keys(left) for other in _keys(right)]
    return ["*"]


def _handed(call: ast.Call) -> frozenset[str] | None:
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    return frozenset(str(keyword.arg) for keyword in call.keywords)


@cache
def asked_texts() -> tuple[Use, ...]:
    """Every call of text() and text_in() with a key that can be read, at least in part."""
    found = []
    for file, nodes in _sources():
        for node in nodes:
            place = {"text": 0, "text_in": 1}.get(_name(node)) if isinstance(node, ast.Call) else None
            if place is None or not isinstance(node, ast.Call) or len(node.args) <= place:
                continue
            found += [
                Use(f"{file}:{node.lineno}", key, _handed(node))
                for key in _keys(node.args[place])
                if key.strip("*.") and "." in key
            ]
    return tuple(found)


@cache
def named_texts() -> tuple[Use, ...]:
    """Every constant that looks like a key of an existing text file: tables of keys, not only calls."""
    pages = set(i18n.pages())
    found = []
    for file, nodes in _sources():
        inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in nodes:
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or id(node) in inside:
                continue
            is_file = node.value.endswith((".json", ".toml", ".sqlite", ".log"))
            if KEY.fullmatch(node.value) and node.value.partition(".")[0] in pages and not is_file:
                found.append(Use(f"{file}:{node.lineno}", node.value))
    return tuple(found)


@cache
def built_patterns() -> tuple[str, ...]:
    """Patterns of f-strings that begin like a key, used in calls or not."""
    pages = set(i18n.pages())
    found = set()
    for _file, nodes in _sources():
        for node in nodes:
            if isinstance(node, ast.JoinedStr):
                (pattern,) = _keys(node)
                if pattern.partition(".")[0] in pages and " " not in pattern:
                    found.add(pattern)
    return tuple(sorted(found))


@cache
def made_problems() -> tuple[Use, ...]:
    """Every Problem("CODE", {…}) whose code is written out, with the names of its values."""
    found = []
    for file, nodes in _sources():
        for node in nodes:
            if not (isinstance(node, ast.Call) and _name(node) == "Problem" and node.args):
                continue
            code, values = node.args[0], node.args[1] if len(node.args) > 1 else None
            place, names = f"{file}:{node.lineno}", _dict_names(values)
            found += [Use(place, known, names) for known in _keys(code) if known != "*"]
    return tuple(found)


def _dict_names(values: ast.expr | None) -> frozenset[str] | None:
    if values is None:
        return frozenset()
    if isinstance(values, ast.Dict) and all(isinstance(key, ast.Constant) for key in values.keys):
        return frozenset(str(key.value) for key in values.keys if isinstance(key, ast.Constant))
    return None


def all_keys() -> list[str]:
    return [key for page in i18n.pages() for key in i18n.page(page)]


# Texts of what issue 3 and later ones build next: tools of the other elements, the Links page, the forecast, the guard.
LATER = re.compile(
    r"tool\.(Budget|Commitments|Direct Costs|Change Orders|Prime Contracts)"
    r"|state\.link\..+|sync\.forecast\..+|sync\.column\.difference"
)


def unasked_keys() -> list[str]:
    """Keys that no call, table or pattern of the source names, that label no value of a message, and are not LATER."""
    named = {use.key for use in asked_texts() + named_texts()} | labels_of_values()
    patterns = {*built_patterns(), *prefixed_patterns(), *(key for key in named if "*" in key and key[0] != "*")}
    shapes = [re.compile(re.escape(pattern).replace(r"\*", "[^.]+")) for pattern in patterns | HELP]
    # text(f"{key}.title") asks for what stands beside a key that some table names.
    endings = {key[1:] for key in named if key.startswith("*.") and "*" not in key[1:]}

    def is_asked(key: str) -> bool:
        beside = any(key.endswith(ending) and key.removesuffix(ending) in named for ending in endings)
        return key in named or beside or any(shape.fullmatch(key) for shape in shapes)

    def is_form_of_asked(key: str) -> bool:
        """text() chooses between the forms of a count itself."""
        stem, _, form = key.rpartition(".")
        return form in ("one", "other") and is_asked(stem)

    return [k for k in all_keys() if not (is_asked(k) or is_form_of_asked(k) or LATER.fullmatch(k))]


# The help page reads whole topics in the order of their file: gui/help_page.py.
HELP = {"help.*.title", "help.*.*.q", "help.*.*.a"}


@cache
def prefixed_patterns() -> tuple[str, ...]:
    """PREFIX.* of what is handed over as a beginning of keys: a constant that names no text, but begins some."""
    known = all_keys()
    beginnings = {use.key for use in named_texts() if not i18n.has_text(use.key)}
    return tuple(sorted(f"{one}.*" for one in beginnings if any(key.startswith(one + ".") for key in known)))


@cache
def labels_of_values() -> frozenset[str]:
    """The labels that model/problems.py puts in place of names of ours: FAMILY.NAME for every name there can be."""
    names = {
        "field": mapped_names() | settings.SETTINGS.keys() | values_of("field", "fields") | required_fields(),
        "reason": row_rules.REASONS
        | load.REASONS
        | arguments_of("AbsentCompany")
        | {f"certificate_{why}" for why in certificate_file.WHY},
        "tool": {row.tool for row in (*catalogue.RESOURCES.values(), *one_way.lists())},
        "setting": settings.SETTINGS.keys(),
        "map": value_maps.VALUE_MAPS.keys(),
    }
    return frozenset(f"{family}.{name}" for family, held in names.items() for name in held)


def required_fields() -> set[str]:
    """Fields of a connection that must not be blank."""
    return {name for names in connections.REQUIRED.values() for name in names}


@cache
def mapped_names() -> frozenset[str]:
    """maestro*'s columns and Procore's attributes as the mappings name them, read from the source.

    From rows Field(name, maestro, procore, …), and ElementMap(number=…, active=…).
    """
    found: list[ast.expr] = []
    for _file, nodes in _sources():
        for call in (node for node in nodes if isinstance(node, ast.Call)):
            if _name(call) == "Field":
                found += call.args[1:3]
            if _name(call) == "ElementMap":
                found += [keyword.value for keyword in call.keywords if keyword.arg in ("number", "active")]
    return frozenset(one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str))


def values_of(*names: str) -> set[str]:
    """The constants that problems carry under these names, as in Problem("CFG-14", {"field": "client_password"})."""
    found = set()
    for _file, nodes in _sources():
        for node in nodes:
            if isinstance(node, ast.Call) and _name(node) == "Problem" and len(node.args) > 1:
                held = node.args[1]
                pairs = zip(held.keys, held.values, strict=True) if isinstance(held, ast.Dict) else ()
                for key, value in pairs:
                    if isinstance(key, ast.Constant) and key.value in names:
                        found |= {one for one in _keys(value) if "*" not in one}
    return found


def arguments_of(function: str) -> set[str]:
    """The constants handed over to a function."""
    return {
        one.value
        for _file, nodes in _sources()
        for node in nodes
        if isinstance(node, ast.Call) and _name(node) == function
        for one in node.args
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


@cache
def raised_codes() -> frozenset[str]:
    """Codes of the catalogue that stand in the source, in calls and in tables.

    The sandbox raises none of ours: its scenario only says which ones are to be expected.
    """
    ours = (nodes[0] for file, nodes in _sources() if not file.startswith("sandbox"))
    return frozenset[str]().union(*map(codes_in, ours))


def codes_in(tree: ast.AST) -> set[str]:
    """Codes that stand there as constants, but for those that are only compared with or looked up."""
    asked: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            asked += ast.walk(node)
        if isinstance(node, ast.Dict):
            asked += [key for key in node.keys if key is not None]
    passive = {id(part) for part in asked}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in passive)
    return {str(node.value) for node in constants if node.value in problems.CATALOGUE}


def places(sentence: str) -> set[str]:
    """Names of the places of a sentence."""
    return {name.split(":")[0] for name in re.findall(r"\{([a-z_]+(?::[a-z_]+)?)\}", sentence)}


def needed(code: str) -> set[str]:
    """Names of all values that message, cause and remedy of a code show."""
    entry = problems.definition(code)
    sentences = (entry.text, entry.cause, entry.remedy)
    return set().union(*(places(words) for s in sentences for forms in s.values() for words in forms.values()))
