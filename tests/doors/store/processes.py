"""Run as a child: what only another process can prove about the journal and the lease.

`python -m tests.doors.store.processes lease FILE` takes the lease, says so and waits to be killed.
`python -m tests.doors.store.processes write FOLDER NAME COUNT` brings the journal up to date and writes.
Each imports only what it needs: a child starts several times in the tests.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path


def lease(file: str) -> None:
    from maestro_procore.store.lease import FileLease

    held = FileLease(Path(file))
    print("taken" if held.take() else "refused", flush=True)
    sys.stdin.read()


def write(folder: str, name: str, count: str) -> None:
    from maestro_procore.store.database import Database
    from maestro_procore.store.journal import Journal

    database = Database.of_file(Path(folder) / "journal.sqlite")
    database.bring_up_to_date()
    journal = Journal(database)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(count)):
        journal.change_settings({f"{name}-{number}": number}, name, now)
    database.close()


if __name__ == "__main__":
    {"lease": lease, "write": write}[sys.argv[1]](*sys.argv[2:])
