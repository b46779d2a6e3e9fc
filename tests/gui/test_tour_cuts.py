"""The tour finds words that are cut, and only those."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QPushButton, QScrollArea, QVBoxLayout, QWidget

from tests.tour_cuts import cut_words


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show()
    return made


def place(window, widget, width, height=30):
    widget.setParent(window)
    widget.setGeometry(0, 0, width, height)
    widget.show()


def test_words_that_fit_are_not_named(window):
    place(window, QLabel("Suppliers"), 200)
    place(window, QPushButton("Save"), 120)
    place(window, QLineEdit("a very long text that scrolls in its field, as texts in fields do"), 40)
    assert cut_words(window) == []


@pytest.mark.parametrize("kind", [QLabel, QPushButton])
def test_words_in_a_narrow_place_are_named(window, kind):
    place(window, kind("Synchronization Manager"), 40)
    assert "'Synchronization Manager'" in cut_words(window)[0]


def test_a_paragraph_that_is_too_low_is_named(window):
    label = QLabel("Many words that need several lines of this narrow label to be read whole. " * 3)
    label.setWordWrap(True)
    place(window, label, 200, 20)
    assert "of height" in cut_words(window)[0]


def test_what_reaches_out_of_the_window_is_named(window):
    place(window, QWidget(), 300)
    inner = QWidget()
    place(window, inner, 50)
    label = QLabel("Suppliers", inner)
    label.setGeometry(20, 0, 100, 20)
    label.show()
    assert "reaches out of" in cut_words(window)[0]


def test_what_a_person_can_scroll_to_is_not_named(window):
    area = QScrollArea()
    inside = QWidget()
    rows = QVBoxLayout(inside)
    for number in range(40):
        rows.addWidget(QLabel(f"Line {number}"))
    area.setWidget(inside)
    place(window, area, 200, 100)
    assert cut_words(window) == []


def test_an_entry_of_a_list_that_is_too_narrow_is_named(window):
    names = QListWidget()
    names.addItem("Gestionnaire de synchronisation")
    place(window, names, 60, 60)
    assert "Gestionnaire" in cut_words(window)[0]


@pytest.mark.parametrize("bar", [Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded])
def test_a_field_that_reaches_out_of_its_scroll_area_is_named(window, bar):
    """Whether a bar leads there or not: nobody moves a form sideways to read the end of each field."""
    area, inside = QScrollArea(), QWidget()
    rows = QVBoxLayout(inside)
    field = QLineEdit()
    field.setObjectName("wide")
    field.setMinimumWidth(400)
    rows.addWidget(field)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(bar)
    area.setWidget(inside)
    place(window, area, 300, 200)
    (told,) = cut_words(window)
    assert told.startswith("QLineEdit 'wide'") and "lie outside the" in told
    window.resize(600, 200)
    area.resize(600, 200)
    assert cut_words(window) == []
