"""Kills the running program at random moments while it brings files over, and counts what is lost or doubled.

A world is one sandbox and one profile: a project with plain files on one side, its first synchronization killed
several times, then work on both sides and a regular run killed several times. What has to stand on both sides at the
end is known without asking the program: path by path, byte by byte.
"""

import hashlib
import json
import random
import subprocess
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from maestro_procore.sandbox.start_data import start_data
from maestro_procore.sandbox.training_documents import many_documents
from tests.forking import ForkedProgram
from tests.programs import Control, Finished, Program, finish, kill_group, sandbox_process, wait_until

LATENCY_MS = 15
"""Of every answer, so that many kills fall between a request and its answer."""
CODE = "26003"
FILES, FILES_IN_FOLDER, FILE_BYTES = 24, 4, 20_000
MOST_STARTS = 8
"""Of a program that nobody kills, until everything is in step."""

Tree = dict[str, str]
"""Path below the tool's folder → SHA-256 of the content."""


@dataclass
class Tally:
    """What a series of kills left behind."""

    kills: int = 0
    in_work: int = 0
    """Kills after the killed process had made its first call."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    """Paths that stand on one side only, or with another content than on the other."""
    left_behind: list[str] = field(default_factory=list)
    """Contents in the private folder after the end."""
    idle_writes: int = 0


class FileWorld:
    """One sandbox and one profile, with random moments from a seed."""

    def __init__(self, program: Program, control: Control, project_id: int, seed: int, run_seconds: float) -> None:
        self.program, self.control, self.project_id = program, control, project_id
        self._random, self._run_seconds = random.Random(seed), run_seconds

    # --- the program --------------------------------------------------------------------------------

    def next_words(self) -> tuple[str, ...]:
        """What a person types who comes back after the lights went out."""
        rows = self.program.rows("select id, phase from file_project")
        if not rows:
            return ("documents", "add", CODE)
        return ("documents", "approve", "1") if rows[0]["phase"] == "planned" else ("documents", "sync")

    def killed(self, kills: int, tally: Tally) -> None:
        """Starts the program again and again, and kills it each time; fewer when it comes to its end before."""
        for _ in range(kills):
            process = self.program.start(*self.next_words())
            calls_before = len(self.control.calls())
            has_called = _first_call(self.control, process, calls_before)
            try:
                process.wait(self._random.uniform(0.0, self._run_seconds))
            except subprocess.TimeoutExpired:
                kill_group(process)
                tally.kills += 1
                tally.in_work += has_called
                continue
            _expect_well(finish(process))

    def to_the_end(self) -> None:
        """Until the first synchronization is over and a whole run has found both sides in step."""
        for _ in range(MOST_STARTS):
            words = self.next_words()
            _expect_well(self.program.run(*words))
            (project,) = self.program.rows("select phase from file_project")
            if words[-1] == "sync" and project["phase"] == "regular":
                return
        raise AssertionError(f"not in step after {MOST_STARTS} starts")

    # --- what stands on either side -------------------------------------------------------------------

    def in_procore(self) -> Tree:
        """Live files; errors: AssertionError when one path stands there twice."""
        rows = [row for row in self.control.state("documents") if row["project_id"] == self.project_id]
        by_id = {row["id"]: row for row in rows}
        found: list[tuple[str, str]] = []
        for row in rows:
            if row["document_type"] == "file" and not row["is_deleted"]:
                names, above = [row["name"]], by_id[row["parent_id"]]
                while above["parent_id"] is not None:
                    names.append(above["name"])
                    above = by_id[above["parent_id"]]
                found.append(("/".join(reversed(names)), self._hash("documents", row["id"])))
        return _tree(found)

    def in_drive(self) -> Tree:
        """Live files below the tool's folder."""
        items = {row["id"]: row for row in self.control.state("driveItems")}
        found: list[tuple[str, str]] = []
        for row in items.values():
            names, one = [], row
            while one is not None:
                names.append(one["name"])
                one = items.get(one["parentReference"]["id"])
            path = list(reversed(names))
            if "file" in row and path[:1] == ["Procore"] and path[2:3] == ["Documents"]:
                found.append(("/".join(path[3:]), self._hash("driveItems", row["id"])))
        return _tree(found)

    def _hash(self, resource: str, row_id: Any) -> str:
        with urllib.request.urlopen(f"{self.control.url}/content/{resource}/{row_id}", timeout=60) as answer:
            return hashlib.file_digest(answer, "sha256").hexdigest()

    # --- what people do ---------------------------------------------------------------------------------

    def work(self, tree: Tree) -> Tree:
        """Edits, new files, renames and deletions on both sides; what has to stand on both of them afterwards."""
        wanted = dict(tree)
        touched = self._random.sample(sorted(tree), 8)
        documents = {row["name"]: row for row in self.control.state("documents") if not row["is_deleted"]}
        items = {row["name"]: row for row in self.control.state("driveItems")}
        for number, path in enumerate(touched):
            name, side = path.rpartition("/")[2], ("documents", "driveItems")[number % 2]
            row = (documents, items)[number % 2][name]
            if number < 4:
                wanted[path] = self._write(side, f"edited {name} {self._random.random()}", id=row["id"])
            elif number < 6:
                self.control.edit(side, id=row["id"], name=f"N {name}")
                wanted[path.removesuffix(name) + f"N {name}"] = wanted.pop(path)
            else:
                self._remove(side, row["id"])
                del wanted[path]
        folder = touched[0].rpartition("/")[0]
        inside = documents[touched[0].rpartition("/")[2]]["parent_id"]
        for number in range(3):
            text, name = f"new {number} {self._random.random()}", f"neuf {number} {self._random.random()}.txt"
            where = {"project_id": self.project_id, "parent_id": inside, "name": name}
            wanted[f"{folder}/{name}"] = self._write("documents", text, **where)
            text, name = f"drive {text}", f"drive {name}"
            parent = items[touched[1].rpartition("/")[2]]["parentReference"]["id"]
            above = touched[1].rpartition("/")[0]
            where = {"parentReference": {"id": parent}, "name": name}
            wanted[f"{above}/{name}"] = self._write("driveItems", text, **where)
        return wanted

    def _write(self, side: str, text: str, **where: Any) -> str:
        self.control.edit(side, content=text, **where)
        return hashlib.sha256(text.encode()).hexdigest()

    def _remove(self, side: str, row_id: Any) -> None:
        request = urllib.request.Request(f"{self.control.url}/state/{side}/{row_id}", method="DELETE")
        urllib.request.urlopen(request, timeout=60).close()


def _tree(found: list[tuple[str, str]]) -> Tree:
    twice = [path for path, count in Counter(path for path, _ in found).items() if count > 1]
    assert not twice, f"one path, two files: {twice}"
    return dict(found)


def _first_call(control: Control, process: "subprocess.Popen[bytes]", calls_before: int) -> bool:
    """True as soon as the process has called; False when it ended without."""
    wait_until(lambda: process.poll() is not None or len(control.calls()) > calls_before, "a call", 60.0)
    return len(control.calls()) > calls_before


def judge(world: FileWorld, wanted: Tree, tally: Tally) -> None:
    """Compares both sides with what has to stand there, and with each other."""
    procore, drive = world.in_procore(), world.in_drive()
    for side, tree in (("procore", procore), ("drive", drive)):
        there, meant = Counter(tree.values()), Counter(wanted.values())
        tally.lost += [f"{side}: {path}" for path, content in wanted.items() if content not in there]
        tally.doubled += [f"{side}: {path}" for path, content in tree.items() if there[content] > meant[content]]
        tally.apart += [f"{side}: {path}" for path in wanted.keys() ^ tree.keys()]
    tally.apart += [path for path in procore.keys() | drive.keys() if procore.get(path) != drive.get(path)]
    tally.left_behind += [file.name for file in (world.program.profile / "on-their-way").glob("*")]


def idle_writes(world: FileWorld) -> int:
    """What a run writes that has nothing to do."""
    world.control.forget_calls()
    _expect_well(world.program.run("documents", "sync"))
    calls = [call for call in world.control.calls() if call["api"] in ("procore", "graph")]
    return sum(call["method"] != "GET" for call in calls)


def live_through(world: FileWorld, tally: Tally, kills: tuple[int, int]) -> None:
    """A first synchronization, work on both sides, a regular one. kills: at most so many in either."""
    wanted = world.in_procore()
    assert len(wanted) == FILES
    world.killed(kills[0], tally)
    world.to_the_end()
    judge(world, wanted, tally)
    wanted = world.work(wanted)
    world.killed(kills[1], tally)
    world.to_the_end()
    judge(world, wanted, tally)
    tally.idle_writes += idle_writes(world)


@contextmanager
def file_world(
    seed: int, run_seconds: float, files: int = FILES, file_bytes: int = FILE_BYTES, latency_ms: int = LATENCY_MS
) -> Iterator[FileWorld]:
    """A fresh one. run_seconds: about how long a run works between its first and its last call."""
    data = start_data("small")
    project = next(row for row in data.procore["projects"] if row.get("project_number") == CODE)
    size = files * file_bytes
    rows = many_documents(project["id"], files, declared_bytes=size, files_in_folder=FILES_IN_FOLDER)
    with tempfile.TemporaryDirectory() as folder:
        company = Path(folder) / "company.json"
        company.write_bytes(orjson.dumps({"company": data.company, "procore": {**data.procore, **rows}}, default=str))
        options = ("--company", str(company), "--latency-ms", str(latency_ms), "--spike-limit", "1000")
        with sandbox_process(*options) as control:
            program = ForkedProgram(Path(folder) / "profile", control)
            _expect_well(program.run("sync", "projects"))
            yield FileWorld(program, control, project["id"], seed, run_seconds)


def _expect_well(finished: Finished) -> None:
    if finished.exit_code != 0:
        raise AssertionError(f"a run did not end well: {json.dumps(finished.document)[:3000]} {finished.errors}")
