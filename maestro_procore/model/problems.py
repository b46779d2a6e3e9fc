"""What can go wrong, as a code with values; the sentence is made in the reader's language.

The catalogue is resources/messages/*.toml: for each code the message, its cause
and its remedy in English and French. Pure, but for reading that catalogue once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Final, Literal

from maestro_procore import i18n
from maestro_procore.i18n import LANGUAGES, Language
from maestro_procore.model import fingerprints
from maestro_procore.model.file_names import readable
from maestro_procore.places import PlaceRefused, resource

JsonValue = str | int | float | bool | None | list[Any] | dict[str, Any]


class Kind(StrEnum):
    """E: red circle, not synchronized. W: yellow triangle, goes through under conditions. I: history only."""

    ERROR = "E"
    WARNING = "W"
    INFORMATION = "I"


class Phase(StrEnum):
    """Before any write, or after the answer of the other side (F017)."""

    PRE = "pre"
    POST = "post"


class UnknownCode(LookupError):
    """A code that the catalogue does not hold: a mistake of the program, never of the data."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Code and values of one message. Values are JSON; amounts are texts ("1234.56 CAD"), instants ISO 8601."""

    code: str
    args: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        return definition(self.code).kind

    @property
    def phase(self) -> Phase:
        return definition(self.code).phase

    @property
    def is_error(self) -> bool:
        return self.kind is Kind.ERROR

    @property
    def is_condition(self) -> bool:
        """The record goes through, in the form that the warning says: whoever sends it accepts that (F016)."""
        return self.code in conditions()

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "args": dict(self.args)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Problem":
        """Errors: KeyError without a code. An unknown code is kept: a newer program may have written it."""
        return cls(value["code"], dict(value.get("args") or {}))

    def __hash__(self) -> int:
        return hash((self.code, repr(sorted(self.args.items()))))


class Refused(Exception):
    """Stops one action, record or request for the reason that travels with it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code} {dict(problem.args)}")
        self.problem = problem


Sentence = Mapping[Language, Mapping[str, str]]  # language -> {"one": …, "other": …}


@dataclass(frozen=True, slots=True)
class Definition:
    """One entry of the catalogue. `count`: the value that chooses between one and other, if any."""

    code: str
    kind: Kind
    phase: Phase
    text: Sentence
    cause: Sentence
    remedy: Sentence
    action: str | None = None
    who: str | None = None
    count: str | None = None


def _sentence(code: str, entry: Mapping[str, Any]) -> Sentence:
    def forms(language: Language) -> dict[str, str]:
        value = entry.get(language, "")
        pair = {"one": value, "other": value} if isinstance(value, str) else dict(value)
        if pair.keys() != {"one", "other"}:
            raise ValueError(f"{code}: {language} wants a text, or one and other")
        return {form: i18n.french(words) for form, words in pair.items()} if language == "fr" else pair

    return {language: forms(language) for language in LANGUAGES}


@cache
def catalogue() -> dict[str, Definition]:
    """Every code with its definition, in the order of the files. Errors: ValueError on a broken entry."""
    found: dict[str, Definition] = {}
    for path in sorted(resource("messages").glob("*.toml")):
        content = path.read_text(encoding="utf-8")
        for code, entry in i18n.sound_entries(content, path.name, r"(?m)^(?=\[)").items():
            if code in found:
                raise ValueError(f"{code} stands twice in the catalogue")
            found[code] = Definition(
                code,
                Kind(entry["kind"]),
                Phase(entry["phase"]),
                _sentence(code, entry),
                _sentence(code, entry.get("cause", {})),
                _sentence(code, entry.get("remedy", {})),
                entry.get("action"),
                entry.get("who"),
                entry.get("count"),
            )
    return found


class _Catalogue(Mapping[str, Definition]):
    """The catalogue, read when first looked into, so that importing this module costs no disk."""

    def __getitem__(self, code: str) -> Definition:
        return catalogue()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(catalogue())

    def __len__(self) -> int:
        return len(catalogue())


CATALOGUE: Final[Mapping[str, Definition]] = _Catalogue()


@cache
def conditions() -> frozenset[str]:
    """Codes of the warnings with which a record is sent all the same; a question (PRJ-09, PRJ-21) makes it wait."""
    found = catalogue().values()
    return frozenset(d.code for d in found if (d.kind, d.phase, d.action) == (Kind.WARNING, Phase.PRE, "accept"))


def definition(code: str) -> Definition:
    """Errors: UnknownCode."""
    try:
        return catalogue()[code]
    except KeyError:
        raise UnknownCode(f"no message {code} in resources/messages") from None


# --- sentences ------------------------------------------------------------------------------------

# Values that are names of ours: shown as the reader's label, kept as they are when we have none.
_LABELS: Final = {
    "field": "field",
    "fields": "field",
    "element": "element",
    "elements": "element",
    "other": "element",
    "system": "system",
    "side": "system",
    "state": "state.request",
    "reason": "reason",
    "tool": "tool",
    "setting": "setting",
    "table": "map",
    "bin": "documents.bin",
}

# Fields are named per element; a message of one element needs no `element` among its values.
_ELEMENT_OF: Final = {"PRJ": "projects", "SUP": "suppliers"}


def _label(language: Language, families: tuple[str, ...], value: JsonValue) -> object:
    if isinstance(value, list):
        return ", ".join(str(_label(language, families, inner)) for inner in value)
    if isinstance(value, str):
        for family in families:
            if i18n.has_text(key := f"{family}.{value}"):
                return i18n.text_in(language, key)
    return value


def _shown(language: Language, problem: Problem, name: str, value: JsonValue) -> object:
    """A value as it stands in the sentence: labels for names of ours, a problem inside a problem as its message."""
    if isinstance(value, dict) and value.keys() == set(LANGUAGES):
        return value[language]  # written by a person, in every language
    if isinstance(value, dict):
        return message(Problem.from_json(value), language).rstrip(".") if "code" in value else str(value)
    if name == "reason" and value in CATALOGUE:
        return cause(Problem(str(value)), language).rstrip(".")
    if name in _LABELS:
        element = problem.args.get("element") or _ELEMENT_OF.get(problem.code.partition("-")[0])
        family = _LABELS[name]
        of_element = (f"{family}.{element}",) if family == "field" and element else ()
        return _label(language, (*of_element, family), value)
    if isinstance(value, list):
        return ", ".join(str(inner) for inner in value)
    if isinstance(value, str) and problem.code.partition("-")[0] in _OF_FILES:
        value = readable(value)
    return "–" if value is None or value == "" else value


_OF_FILES: Final = frozenset({"BCK", "DOC", "DRV", "FIL"})
"""Their names may be the drive's, in which stand-ins are hard to read."""


def _fill(problem: Problem, language: Language, sentence: Sentence) -> str:
    entry = definition(problem.code)
    form: Literal["one", "other"] = "other"
    if entry.count is not None and isinstance(number := problem.args.get(entry.count), int | float):
        form = i18n.plural(language, number)
    shown = {name: _shown(language, problem, name, value) for name, value in problem.args.items()}
    filled = i18n.fill(language, sentence[language][form], shown)
    # Reasons come from others and often end with their own full stop.
    return filled[:-1] if filled.endswith("..") else filled


def message(problem: Problem, language: Language) -> str:
    """What happened, to which thing. Errors: UnknownCode."""
    return _fill(problem, language, definition(problem.code).text)


def cause(problem: Problem, language: Language) -> str:
    """Why it happened, "" when the message says it all."""
    return _fill(problem, language, definition(problem.code).cause)


def remedy(problem: Problem, language: Language) -> str:
    """What to do now, "" when nothing is to be done."""
    return _fill(problem, language, definition(problem.code).remedy)


def action(problem: Problem) -> str | None:
    """The button that does the remedy: open_configuration, retry_line, choose_link …; its label is `action.NAME`."""
    return definition(problem.code).action


def who(problem: Problem) -> str | None:
    """Who can put it right: accountant, technician or it; the label is `who.NAME`."""
    return definition(problem.code).who


def said(problem: Problem, language: Language) -> str:
    """Message and remedy in one paragraph, for the command line and the clipboard; never raises.

    A code of a newer program is shown with its values: better than nothing.
    """
    try:
        parts = (message(problem, language), remedy(problem, language))
    except UnknownCode:
        values = ", ".join(f"{name}: {value}" for name, value in problem.args.items())
        return f"{problem.code} {values}".strip()
    return " ".join(part for part in parts if part)


_PLACES: Final = {"network_folder": "STO-05", "not_a_folder": "STO-06", "not_writable": "STO-06"}


def of_place(refused: PlaceRefused) -> Problem:
    """The message for a folder that cannot hold a profile."""
    return Problem(_PLACES[refused.reason_code], {"path": str(refused.path)})


# --- answers that nobody has catalogued yet -------------------------------------------------------


def not_catalogued(status: int, method: str, path: str, text: str, names: Iterable[str] = ()) -> Problem:
    """SRV-10: the raw answer, shown as received (at most 500 characters), with its shape and fingerprint (F025).

    names: what may stand in the answer and must not stand in its shape (fingerprints.py).
    """
    shown = " ".join(text.split())[:500] or f"HTTP {status}"
    shape = fingerprints.shape(status, method, path, text, names)
    digest = fingerprints.digest(shape)
    return Problem("SRV-10", {"text": shown, "status": status, "shape": shape, "fingerprint": digest})


def most_pressing_first(told: Iterable[Problem]) -> tuple[Problem, ...]:
    """Errors, then what waits for somebody's choice, then the rest, each in the order in which it was told."""
    return tuple(sorted(told, key=_pressing))


def is_question(problem: Problem) -> bool:
    """True when it waits for somebody's choice: of a record, a value or a template."""
    return (action(problem) or "").startswith("choose_")


def _pressing(problem: Problem) -> int:
    return 0 if problem.is_error else 1 if is_question(problem) else 2
