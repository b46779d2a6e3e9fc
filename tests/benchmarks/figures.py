"""What a benchmark gives: figures, the bars they are held against, and how both are printed.

Format: {"name", "figures": {figure: value}, "bars": {figure: {"limit", "aim", "sense"}}, "ok"}.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Number = int | float
Sense = Literal["<=", ">="]


@dataclass(frozen=True)
class Bar:
    """limit: must be kept. aim: what we are after."""

    limit: Number
    aim: Number
    sense: Sense = "<="

    def holds(self, value: Number) -> bool:
        """Whether the value keeps the limit."""
        return value <= self.limit if self.sense == "<=" else value >= self.limit


def report(name: str, figures: Mapping[str, Number], bars: Mapping[str, Bar]) -> dict[str, Any]:
    """The document of one benchmark. A bar without its figure is a mistake: KeyError."""
    return {
        "name": name,
        "figures": dict(figures),
        "bars": {figure: {"limit": b.limit, "aim": b.aim, "sense": b.sense} for figure, b in bars.items()},
        "ok": all(bar.holds(figures[figure]) for figure, bar in bars.items()),
    }
