"""Addresses and words of the message at completion (F107, F108)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.i18n import LANGUAGES
from maestro_procore.model.file_mail import LONGEST_SUBJECT, ToolCounts, letter, recipients_of, wish_of

COUNTS = {"apart": 1, "conflicts": 2}
TOOLS = [ToolCounts("documents", 1, 0, 12), ToolCounts("daily_log", 40, 31, 5_000_000)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", []),
        ("a@b.ca", ["a@b.ca"]),
        ("a@b.ca, c@d.com;e@f.org  g@h.net", ["a@b.ca", "c@d.com", "e@f.org", "g@h.net"]),
        (["A@b.ca", "a@B.ca"], ["A@b.ca"]),
        ("prenom.nom+files@ecole.qc.ca", ["prenom.nom+files@ecole.qc.ca"]),
    ],
)
def test_f107_addresses_are_read_as_people_write_them(words: str | list[str], found: list[str]) -> None:
    assert recipients_of(words) == found


@pytest.mark.parametrize(
    "words",
    [
        "a",
        "prénom@b.ca",
        "a@",
        "@b.ca",
        "a@b",
        "a@.ca",
        "a@b..ca",
        "a@[1.2.3.4]",
        "<a@b.ca>",
        "a@b.ca\x00",
        "x" * 250 + "@b.ca",
    ],
)
def test_f107_what_is_no_address_is_told_by_its_words(words: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        recipients_of(words)


def test_f107_more_than_fifty_are_too_many() -> None:
    with pytest.raises(ValueError, match="51 > 50"):
        recipients_of([f"a{n}@b.ca" for n in range(51)])


@given(st.text())
def test_f107_whatever_somebody_types_is_addresses_or_an_error(words: str) -> None:
    try:
        found = recipients_of(words)
    except ValueError:
        return
    assert all("@" in each and not set("\r\n<>,;") & set(each) for each in found)


def test_f107_off_unless_asked_for_and_the_project_goes_before_the_company() -> None:
    general = {"completion_mail_to": "b@x.ca", "completion_mail_language": "both"}
    assert wish_of({}, {}, "fr").to == ()
    assert wish_of({}, general, "fr").to == ("b@x.ca",)
    assert wish_of({"mail_to": []}, general, "fr").to == ()
    wish = wish_of({"mail_to": ["p@x.ca"], "mail_language": "fr"}, general, "en")
    assert (wish.to, wish.languages) == (("p@x.ca",), ("fr",))
    assert wish_of({"mail_to": ["no address"]}, {}, "fr").to == ()


def test_f108_the_title_names_the_project_and_nothing_breaks_out_of_it() -> None:
    subject, words = letter("Pont\r\nBcc: x@y.ca", TOOLS, COUNTS, "https://x.example/site", LANGUAGES)
    assert subject.startswith("Two way sync initiated for project Pont Bcc: x@y.ca / Synchronisation bidirectionnelle")
    assert "\n" not in subject
    assert len(letter("P" * 400, TOOLS, COUNTS, "", ["en"])[0]) == LONGEST_SUBJECT
    for part in (
        "Daily Log – files: 40, folders: 31, bytes: 5,000,000",
        "1 item is not",
        "2 conflits",
        "Destination : ",
    ):
        assert part in words.replace("\xa0", " "), words
