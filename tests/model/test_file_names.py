"""Names that both sides can hold, and the way back: nothing is lost, nothing collides, nothing escapes (S1)."""

import re
import string
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_procore.model import file_names
from maestro_procore.model.file_names import NameRules, conflict_copy, excess, key, numbered, to_drive, to_procore

STRICT = NameRules(is_strict=True)
# Ordinary names, names made of what is dangerous, and anything that Unicode has, lone surrogates included.
ODD = [*'"*:<>?/\\|#%~. ‛_-x$＂＊：．～␠␀', "\x00", "\x1f", "\x7f", "é", "é", "A", "a", "2", "(", ")", "\ud800"]
WORDS = [
    "CON",
    "con",
    "nul",
    "LPT1",
    ".lock",
    "desktop.ini",
    "~$",
    "_vti_",
    "forms",
    "(‛2)",
    " (‛2)",
    ".pdf",
    "‛x0041",
    "‛-",
]
names = st.one_of(
    st.lists(st.sampled_from(ODD + WORDS), max_size=12).map("".join),
    st.text(string.ascii_letters + " ._-()", max_size=20),
    st.text(st.characters(), max_size=20),
)
lawful = settings(max_examples=150, derandomize=True, deadline=None, database=None)


def composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


@lawful
@given(names, st.sampled_from([None, STRICT]))
def test_f243_every_name_comes_back_as_it_was(name: str, rules: NameRules | None) -> None:
    """F243: the round trip restores the original name in Procore."""
    assert to_procore(to_drive(name, rules)) == composed(name)


@lawful
@given(names, names)
def test_two_names_are_never_mapped_to_one(first: str, second: str) -> None:
    if composed(first) != composed(second):
        assert to_drive(first) != to_drive(second)


@lawful
@given(names, st.sampled_from([None, STRICT]))
def test_what_is_mapped_is_a_name_that_the_drive_accepts(name: str, rules: NameRules | None) -> None:
    """S1, F241 to F245: no refused character, edge or word, and no way out of the folder."""
    mapped = to_drive(name, rules)
    assert mapped
    assert not re.search(r'["*:<>?/\\|\x00-\x1f\x7f\ud800-\udfff]', mapped)
    assert not re.search(r"^[ ~]|[ .]$", mapped)
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?|\.lock|desktop\.ini|\.{1,2}", mapped)
    assert "_vti_" not in mapped.lower()
    if rules:
        assert not re.search("[#%~]", mapped)


@lawful
@given(names, st.integers(2, 99))
def test_a_number_behind_a_twin_is_taken_away_again(name: str, number: int) -> None:
    assert to_procore(numbered(to_drive(name), number)) == composed(name)


@pytest.mark.parametrize(
    ("name", "mapped"),
    [
        ("Plan A.pdf", "Plan A.pdf"),
        ("a:b?c", "a：b？c"),
        ('3/4" pipe', "3／4＂ pipe"),
        ("Folder ", "Folder␠"),
        ("a.", "a．"),
        ("..", ".．"),
        (" first", "␠first"),
        ("~$lock.docx", "‛-~$lock.docx"),
        ("CON", "‛-CON"),
        ("con.txt", "‛-con.txt"),
        ("contract.pdf", "contract.pdf"),
        ("#1 50%", "#1 50%"),
        ("my_vti_file", "my_‛-vti_file"),
        ("été.pdf", "été.pdf"),
        ("a：b", "a‛：b"),
    ],
)
def test_f241_f242_f243_f244_how_names_look_in_the_drive(name: str, mapped: str) -> None:
    """F241 to F244, C10."""
    assert to_drive(name) == mapped


def test_f243_old_servers_get_a_stricter_mapping() -> None:
    """C10."""
    assert to_drive("#1 50% ~a", STRICT) == "＃1 50％ ～a"


def test_names_are_compared_as_the_drive_compares_them() -> None:
    """F116."""
    assert key("Plan.PDF") == key("plan.pdf")
    assert key("E\u0301te\u0301") == key("été")
    assert key("straße") == key("STRASSE")
    assert not file_names.is_same("Plan", "plan")
    assert file_names.is_same("E\u0301", "É")


def test_a_folder_called_forms_is_mapped_at_the_root_of_a_library_only() -> None:
    assert to_drive("Forms") == "Forms"
    assert to_drive("Forms", NameRules(is_at_root=True)) == "‛-Forms"
    assert to_procore("‛-Forms") == "Forms"


def test_the_loser_of_a_conflict_says_where_and_when() -> None:
    when = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
    assert conflict_copy("plan.v2.pdf", "Procore conflict", when) == "plan.v2 (Procore conflict 2026-11-23 14.05).pdf"
    assert conflict_copy("notes", "conflit OneDrive", when, 2) == "notes (conflit OneDrive 2026-11-23 14.05 2)"
    assert file_names.units(conflict_copy("n" * 300 + ".pdf", "Procore conflict", when)) == 255


def test_a_long_name_is_told_with_its_exact_excess_and_a_shorter_one() -> None:
    assert excess("n" * 255) == 0
    assert excess("n" * 256) == 1
    assert excess("n" * 100, path_units=299) == 0
    assert excess("n" * 100, path_units=300) == 1
    assert excess("😀" * 128) == 1, "the drive counts UTF-16 units"
    assert file_names.shorter("n" * 300 + ".pdf", 49) == "n" * 251 + ".pdf"


def test_a_name_for_a_moment_is_known_as_such() -> None:
    assert file_names.is_passing(file_names.passing("n" * 255, 3))
    assert file_names.units(file_names.passing("n" * 255, 3)) <= 255
    assert not file_names.is_passing(to_drive("‛=1"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Façade : nord / est", "Façade : nord / est"),
        ("Espace à la fin ", "Espace à la fin "),
        ("CON.pdf", "CON.pdf"),
        ("100 % ~ #2?", "100 % ~ #2?"),
        ("a：b", "a：b"),
        ("‛x0041", "‛x0041"),
        ("tab\there", "tab␉here"),
        ("half \ud800", "half \ufffd"),
    ],
)
def test_f243_a_name_is_shown_with_the_signs_that_people_know(name: str, shown: str) -> None:
    assert file_names.readable(to_drive(name)) == shown
    assert file_names.readable(f"Plans/{to_drive(name)}/x.pdf") == f"Plans/{shown}/x.pdf"


def test_a_counted_twin_is_shown_with_its_number() -> None:
    assert file_names.readable(file_names.numbered("plan.pdf", 2)) == "plan (2).pdf"


def test_the_signs_that_stand_for_others_are_told_once_in_their_order() -> None:
    assert file_names.stand_ins(to_drive("a / b : c / d ")) == ("/", ":", " ")
    assert file_names.stand_ins("plan.pdf") == ()
    assert file_names.is_marked(to_drive("CON.pdf"))
    assert not file_names.is_marked(to_drive("plan ‛.pdf"))


def test_a_path_is_found_by_what_people_read() -> None:
    held = f"{to_drive('Façade : nord / est')}/{to_drive('Détail*.pdf')}"
    for typed in ("nord / est", "Détail*", "Façade : nord"):
        assert any(form in held for form in file_names.forms(typed)), typed
    assert any(form in f"{to_drive('A?')}/{to_drive('B*')}" for form in file_names.forms("A?/B*"))
