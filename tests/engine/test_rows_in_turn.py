"""Rows of a plan are made when they are stored, so that a large project does not stand in memory twice."""

from maestro_procore.engine.rows_in_turn import RowsInTurn
from maestro_procore.store.batches import in_chunks


def test_rows_are_made_part_by_part_and_in_order():
    made: list[int] = []

    def make(number: int) -> dict[str, int]:
        made.append(number)
        return {"number": number}

    rows = RowsInTurn(range(1_200), make)
    seen = []
    for part in in_chunks(rows):
        assert len(made) == len(seen) + len(part)  # none that was not asked for yet
        seen += part

    assert len(rows) == 1_200
    assert seen == [{"number": number} for number in range(1_200)]
    assert rows[-1] == {"number": 1_199}
