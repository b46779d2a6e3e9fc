"""Numbers that look right: telephones, postal codes, tax and licence numbers, each handed out once.

None is registered to anybody on purpose: telephones use the exchange 555, e-mail addresses the reserved ending
".example". Check digits are right where the real numbers have one.
"""

from __future__ import annotations

import re
import unicodedata
from random import Random
from typing import NamedTuple

from maestro_procore.sandbox.training_names import ENGLISH_STREETS, FRENCH_STREETS, City

# Letters that Canada Post never uses: D F I O Q U (and W, Z only at the start).
POSTAL_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"


class Place(NamedTuple):
    """Where somebody is: the columns that every maestro* address has."""

    address: str
    city: str
    province: str
    country: str
    postal_code: str


class Numbers:
    """Hands out numbers and addresses; never the same telephone, tax number or licence twice."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._given: set[str] = set()

    def _once(self, make: str) -> str | None:
        if make in self._given:
            return None
        self._given.add(make)
        return make

    def phone(self, city: City) -> str:
        """A telephone number of that city, written 418-555-0123."""
        while True:
            number = f"{self._rng.choice(city.area_codes)}-555-{self._rng.randrange(10_000):04d}"
            if self._once(number):
                return number

    def gst(self) -> str:
        """A federal tax number: nine digits with the Luhn check digit, then RT0001."""
        while True:
            body = f"{self._rng.randrange(10_000_000, 90_000_000)}"
            number = f"{body}{luhn_digit(body)}RT0001"
            if self._once(number):
                return number

    def qst(self) -> str:
        """A Quebec tax number: ten digits, then TQ0001."""
        while True:
            number = f"{self._rng.randrange(1_000_000_000, 1_230_000_000)}TQ0001"
            if self._once(number):
                return number

    def rbq(self) -> str:
        """A licence of the Régie du bâtiment, written 5612-3456-01."""
        while True:
            number = f"{self._rng.randrange(5500, 5900)}-{self._rng.randrange(10_000):04d}-01"
            if self._once(number):
                return number

    def neq(self) -> str:
        """A Quebec enterprise number: ten digits beginning with 11."""
        return f"11{self._rng.randrange(10_000_000, 99_999_999)}"

    def postal_code(self, city: City) -> str:
        """A postal code of that city, written G1K 3A2."""
        rng = self._rng
        return f"{rng.choice(city.postal_starts)} {rng.randrange(10)}{rng.choice(POSTAL_LETTERS)}{rng.randrange(10)}"

    def place(self, city: City) -> Place:
        """An address in that city, in the language of its province."""
        streets, mark = (FRENCH_STREETS, ", ") if city.province == "QC" else (ENGLISH_STREETS, " ")
        address = f"{self._rng.randrange(10, 9_990)}{mark}{self._rng.choice(streets)}"
        return Place(address, city.name, city.province, "CA", self.postal_code(city))


def luhn_digit(body: str) -> str:
    """The check digit that makes body + digit pass the Luhn test (federal business numbers use it)."""
    total = 0
    for position, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def plain_letters(text: str) -> str:
    """The ASCII letters and digits of a text, accents dropped, lower case: "L'Écuyer & Fils" gives "lecuyerfils"."""
    without_ligatures = text.replace("œ", "oe").replace("Œ", "Oe").replace("æ", "ae")
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", without_ligatures).lower())
