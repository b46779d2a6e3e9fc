"""The technician's commands about unknown answers of Procore: explain one, take all out to a file, take a file in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maestro_procore.i18n import LANGUAGES
from maestro_procore.model import knowledge
from maestro_procore.model.knowledge import Explanation, Known, Merged, Texts
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Clock, Journal


@dataclass
class KnowledgeCommands:
    """What may be done about explanations. Every command raises Refused CFG-12 without the technician's right."""

    journal: Journal
    clock: Clock
    user: str
    may_manage: bool

    def explain(self, problem: Problem, means: Mapping[str, str], to_do: Mapping[str, str]) -> Explanation:
        """Keeps what the technician wrote about the answer behind a problem; every line with such an answer shows it.

        Raises Refused: KNW-01 a text is missing in a language or too long, KNW-04 the problem has no fingerprint.
        """
        self._needs_right()
        told = knowledge.unknown_answer([problem])
        if told is None:
            raise Refused(Problem("KNW-04"))
        shape, now = str(told.args["shape"]), self.clock.now()
        written = Explanation(shape, _trimmed(means), _trimmed(to_do), self.user, now)
        for refused in knowledge.wrong(written):
            raise Refused(refused)
        with self.journal.begin() as tx:
            self.journal.put_explanations(tx, [written])
        return written

    def export(self, file: Path) -> int:
        """Writes all of it to a file; how many explanations. Raises Refused: KNW-02 it cannot be written."""
        self._needs_right()
        held = self._held()
        try:
            file.write_text(knowledge.document(held.values()), encoding="utf-8")
        except OSError as error:
            raise _unusable(file, error) from error
        return len(held)

    def take_in(self, file: Path) -> Merged:
        """Adds what a file brings: the newer explanation wins, all of the file or nothing.

        Raises Refused: KNW-02 it cannot be read, KNW-03 it is no such file.
        """
        self._needs_right()
        try:
            with file.open("rb") as opened:
                content = opened.read(knowledge.LONGEST_FILE + 1)
        except OSError as error:
            raise _unusable(file, error) from error
        if len(content) > knowledge.LONGEST_FILE:
            raise Refused(Problem("KNW-02", {"file": str(file), "text": f"> {knowledge.LONGEST_FILE // 1_000_000} MB"}))
        brought = knowledge.read(content, str(file))
        with self.journal.begin() as tx:
            change = knowledge.merged(self.journal.explanations(tx), brought, self.clock.now())
            self.journal.put_explanations(tx, [*change.added, *change.updated])
        return change

    def _held(self) -> Known:
        with self.journal.begin() as tx:
            return self.journal.explanations(tx)

    def _needs_right(self) -> None:
        if not self.may_manage:
            raise Refused(Problem("CFG-12"))


def _trimmed(texts: Mapping[str, str]) -> Texts:
    return {language: texts.get(language, "").strip() for language in LANGUAGES}


def _unusable(file: Path, error: OSError) -> Refused:
    return Refused(Problem("KNW-02", {"file": str(file), "text": error.strerror or type(error).__name__}))
