"""The message that a project's first synchronization is complete: to whom, in which languages, and its words. Pure.

When it goes out, and what follows when it does not, is engine/file_mail.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from enum import StrEnum
from typing import Any, Final

from maestro_procore.i18n import LANGUAGES, Language, text_in
from maestro_procore.model.file_phases import announcement
from maestro_procore.model.problems import Problem, Refused, message

BOTH: Final = "both"
MOST_RECIPIENTS: Final = 50
LONGEST_ADDRESS: Final = 254
"""Source: RFC 5321, 4.5.3.1.3, less the angle brackets."""
LONGEST_SUBJECT: Final = 250
MAIL_LANGUAGES: Final = (*LANGUAGES, BOTH)


class MailState(StrEnum):
    """What became of a message."""

    NONE = ""
    """Nobody asked for one."""
    WANTED = "wanted"
    SENDING = "sending"
    """Written down before the call: whoever finds it at a start does not know whether the call went out."""
    SENT = "sent"
    UNKNOWN = "unknown"
    """It may have gone out. Nobody can look it up, so it is not sent twice: a person decides."""
    FAILED = "failed"


@dataclass(frozen=True)
class MailWish:
    """Who is told, in which languages; nobody: no message is sent."""

    to: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ("en",)


@dataclass(frozen=True)
class ToolCounts:
    """What is in step of one tool."""

    tool: str
    files: int
    folders: int
    size_bytes: int


def recipients_of(words: str | Iterable[str]) -> list[str]:
    """The addresses of a field or of the command line, each once, in their order. [] for none.

    Errors: ValueError with what is no address, or with how many are too many.
    """
    pieces = [words] if isinstance(words, str) else list(words)
    found = [each for piece in pieces for each in piece.replace(";", ",").replace(",", " ").split()]
    for address in found:
        if not _is_address(address):
            raise ValueError(address)
    unique = list({address.casefold(): address for address in reversed(found)}.values())[::-1]
    if len(unique) > MOST_RECIPIENTS:
        raise ValueError(f"{len(unique)} > {MOST_RECIPIENTS}")
    return unique


def _is_address(text: str) -> bool:
    """Somebody at a host with a dot. Whether he exists only the mail server knows."""
    if len(text) > LONGEST_ADDRESS or not text.isprintable():
        return False
    try:
        address = Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError):
        return False
    labels = address.domain.split(".")
    return bool(address.username) and len(labels) > 1 and all(labels) and not address.domain.startswith("[")


def checked(words: str | Iterable[str]) -> list[str]:
    """The same for a person who asks. Raises Refused (DOC-60)."""
    try:
        return recipients_of(words)
    except ValueError as error:
        raise Refused(Problem("DOC-60", {"name": str(error)})) from error


def wish_of(project: Mapping[str, Any], general: Mapping[str, Any], company: Language) -> MailWish:
    """What a project asks for, else what all projects do. Off where nobody asked.

    project, general: settings of the project, of the company. company: its language. An address that a newer check
    refuses is left out.
    """
    asked = project.get("mail_to")
    try:
        to = recipients_of(general.get("completion_mail_to") or "" if asked is None else asked)
    except ValueError:
        to = []
    chosen = project.get("mail_language") or general.get("completion_mail_language") or company
    return MailWish(tuple(to), LANGUAGES if chosen == BOTH else (chosen if chosen in LANGUAGES else company,))


def letter(
    name: str, tools: Sequence[ToolCounts], counts: Mapping[str, int], place: str, languages: Sequence[Language]
) -> tuple[str, str]:
    """Subject and text. counts: conflicts and apart. place: address of the destination."""
    plain = " ".join(name.split())
    titles = [message(announcement(plain), language) for language in languages]
    subject = " / ".join(titles)
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 1] + "…"
    bodies = [_body(language, plain, tools, counts, place) for language in languages]
    return subject, "\n\n— — —\n\n".join(bodies) + "\n"


def _body(language: Language, name: str, tools: Sequence[ToolCounts], counts: Mapping[str, int], place: str) -> str:
    lines = [text_in(language, "mail.first", name=name), ""]
    for each in tools:
        key = f"documents.tool.{each.tool}"
        shown = {"files": each.files, "folders": each.folders, "size": each.size_bytes}
        lines.append(text_in(language, "mail.tool", tool=text_in(language, key), **shown))
    lines.append("")
    if counts["apart"]:
        lines.append(text_in(language, "mail.apart", count=counts["apart"]))
    if counts["conflicts"]:
        lines.append(text_in(language, "mail.conflicts", count=counts["conflicts"]))
    if place:
        lines.append(text_in(language, "mail.place", url=place))
    lines.append(text_in(language, "mail.last"))
    return "\n".join(lines)
