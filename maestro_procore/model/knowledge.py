"""What technicians wrote about answers of Procore that no catalogue holds: kept, shown, exported, merged. Pure.

An explanation belongs to a fingerprint (fingerprints.py) and says in every language what the answer means and what to
do. It is data of people, so it is checked before it is kept, whoever wrote it. Storing it is store/explanations.py.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from maestro_procore.i18n import LANGUAGES, Language
from maestro_procore.model import fingerprints
from maestro_procore.model.problems import Problem, Refused

UNEXPLAINED: Final = "SRV-10"
EXPLAINED: Final = "SRV-27"
FORM: Final = "maestro_procore knowledge"
VERSION: Final = 1
LONGEST_WORDS: Final = 2_000
"""Characters of one text of an explanation."""
LONGEST_FILE: Final = 20_000_000
"""Bytes. Beyond every real size; reading on would fill the memory."""

Texts = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one kind of answer means and what to do, in every language; written_at: aware, UTC."""

    shape: str
    means: Texts
    to_do: Texts
    written_by: str
    written_at: datetime

    @property
    def fingerprint(self) -> str:
        return fingerprints.digest(self.shape)

    def to_json(self) -> dict[str, Any]:
        return {
            "fingerprint": self.fingerprint,
            "answer": self.shape,
            "means": dict(self.means),
            "to_do": dict(self.to_do),
            "written_by": self.written_by,
            "written_at": self.written_at.isoformat(),
        }


Known = Mapping[str, Explanation]
"""Fingerprint → what was written about it."""
NOTHING: Final[Known] = {}


def explained(problem: Problem, known: Known) -> Problem:
    """The problem as it is to be shown: with the technician's words where the answer behind it was explained."""
    if not known:
        return problem
    args = {name: _explained_inside(value, known) for name, value in problem.args.items()}
    found = known.get(str(args.get("fingerprint"))) if problem.code == UNEXPLAINED else None
    if found is None:
        return problem if args == problem.args else Problem(problem.code, args)
    said: dict[str, Any] = {"means": dict(found.means), "to_do": dict(found.to_do)}
    return Problem(EXPLAINED, {**args, **said, "by": found.written_by, "time": found.written_at.isoformat()})


def _explained_inside(value: Any, known: Known) -> Any:
    """A problem may be the reason of another one."""
    if isinstance(value, dict) and isinstance(value.get("code"), str):
        return explained(Problem.from_json(value), known).to_json()
    return value


def unknown_answer(problems: Iterable[Problem]) -> Problem | None:
    """The first answer among these problems, or behind them, that can be explained or was; None when there is none."""
    for problem in problems:
        if problem.code in (UNEXPLAINED, EXPLAINED) and fingerprints.is_shape(str(problem.args.get("shape") or "")):
            return problem
        inside = [Problem.from_json(v) for v in problem.args.values() if isinstance(v, dict) and "code" in v]
        if (found := unknown_answer(inside)) is not None:
            return found
    return None


def wrong(explanation: Explanation) -> list[Problem]:
    """Why an explanation cannot be kept; an empty list when it can. KNW-01: a text is missing or too long."""
    return [
        Problem("KNW-01", {"part": part, "language": language, "limit": LONGEST_WORDS})
        for part, texts in (("means", explanation.means), ("to_do", explanation.to_do))
        for language in LANGUAGES
        if not 0 < len(texts.get(language, "").strip()) <= LONGEST_WORDS
    ]


# --- the file -------------------------------------------------------------------------------------


def document(known: Iterable[Explanation]) -> str:
    """The file that `read` understands, the same for the same knowledge."""
    rows = sorted((each.to_json() for each in known), key=lambda row: str(row["answer"]))
    return json.dumps({"form": FORM, "version": VERSION, "explanations": rows}, ensure_ascii=False, indent=2) + "\n"


def read(content: bytes, file: str) -> list[Explanation]:
    """What a file brings. file: its name, for the message.

    Errors: Refused, KNW-03 with the place in the file that is not as it must be. Nothing of such a file is taken.
    """

    def refused(place: str) -> Refused:
        return Refused(Problem("KNW-03", {"file": file, "place": place}))

    try:
        held = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise refused(str(error)) from None
    if not isinstance(held, dict) or held.get("form") != FORM:
        raise refused(f'"form": "{FORM}"')
    if held.get("version") != VERSION:
        raise refused(f'"version": {VERSION}')
    rows = held.get("explanations")
    if not isinstance(rows, list):
        raise refused('"explanations": […]')
    found = []
    for number, row in enumerate(rows):
        place = f"explanations[{number}]"
        if not isinstance(row, dict):
            raise refused(place)
        try:
            found.append(_explanation(row))
        except ValueError as error:
            raise refused(f"{place}.{error}") from None
    return found


def _explanation(row: Mapping[str, Any]) -> Explanation:
    """Errors: ValueError with the name of the value that is not as it must be."""
    told = row.get("answer")
    if not isinstance(told, str) or not fingerprints.is_shape(told):
        raise ValueError("answer")
    if row.get("fingerprint") != fingerprints.digest(told):
        raise ValueError("fingerprint")
    by = row.get("written_by")
    if not isinstance(by, str) or len(by) > 100:
        raise ValueError("written_by")
    made = Explanation(told, _texts(row, "means"), _texts(row, "to_do"), by, _instant(row.get("written_at")))
    for problem in wrong(made):
        raise ValueError(f"{problem.args['part']}.{problem.args['language']}")
    return made


def _texts(row: Mapping[str, Any], part: str) -> Texts:
    held = row.get(part)
    if not isinstance(held, dict) or not all(isinstance(held.get(language), str) for language in LANGUAGES):
        raise ValueError(part)
    return {language: held[language] for language in LANGUAGES}


def _instant(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("written_at") from None
    if at.tzinfo is None:
        raise ValueError("written_at")
    return at


# --- merging --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Merged:
    """What an import changes. kept: how many of the file are not newer than what is held."""

    added: Sequence[Explanation]
    updated: Sequence[Explanation]
    kept: int

    def to_json(self) -> dict[str, int]:
        return {"added": len(self.added), "updated": len(self.updated), "unchanged": self.kept}


def merged(held: Known, brought: Iterable[Explanation], now: datetime) -> Merged:
    """The newer of two explanations wins; of the same age, the one that is held.

    now: what claims to be written later counts as written now, or nobody could ever correct it.
    """
    best: dict[str, Explanation] = {}
    count = 0
    for each in brought:
        count += 1
        each = replace(each, written_at=min(each.written_at, now))
        other = best.get(each.fingerprint) or held.get(each.fingerprint)
        if other is None or each.written_at > other.written_at:
            best[each.fingerprint] = each
    added = [each for each in best.values() if each.fingerprint not in held]
    updated = [each for each in best.values() if each.fingerprint in held]
    return Merged(added, updated, count - len(best))
