"""What a run costs in calls, judged by the sandbox's own log; and the judge itself."""

import json
import subprocess
import sys

import pytest

from tests import oracle
from tests.benchmarks import measure_calls
from tests.benchmarks.figures import Bar, report
from tests.forking import ForkedProgram
from tests.programs import ROOT


def vendors(active: int, inactive: int = 0) -> list[oracle.Row]:
    return [{"id": n, "is_active": n >= inactive} for n in range(active + inactive)]


def call(path: str, query: str = "", method: str = "GET", status: int = 200, api: str = "procore") -> oracle.Row:
    return {"path": path, "query": query, "method": method, "status": status, "api": api, "violation": None}


VENDORS = "/rest/v1.0/vendors"


def test_the_small_company_takes_the_fewest_calls_possible():
    """F034: an idle run asks once per list and writes nothing; nothing is asked twice.

    Of the whole company it is the benchmark `calls-dozen`, which takes a minute.
    """
    figures = measure_calls.measure("small", ForkedProgram, ("projects", "suppliers"))

    assert report("calls", figures, measure_calls.BARS)["ok"], figures
    assert (figures["initial_ratio"], figures["day_ratio"], figures["wasted"]) == (1.0, 1.0, 0)


@pytest.mark.parametrize(
    ("projects", "active", "inactive", "expected"),
    [(0, 0, 0, 3), (120, 3500, 0, 4), (300, 2000, 2000, 3), (301, 2001, 2001, 6)],
    ids=["empty", "reference", "full pages", "one more than full"],
)
def test_the_oracle_reads_each_list_at_least_once(projects, active, inactive, expected):
    world = oracle.World([{"id": n} for n in range(projects)], vendors(active, inactive))

    assert oracle.full_reads(world) == expected


def test_the_oracle_counts_batches_of_changed_records_only():
    before = oracle.World([{"id": 1, "city": "a", "updated_at": "1"}], vendors(3500))
    touched = [{**v, "origin_id": "x"} for v in before.vendors]

    after = oracle.World([{"id": 1, "city": "a", "updated_at": "2"}], touched)

    assert oracle.writes(before, after) == 4


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([call(VENDORS, "page=1"), call(VENDORS, "page=2")], 0),
        ([call(VENDORS, "page=1"), call(VENDORS, "page=1")], 1),
        ([call(VENDORS, "page=3")], 1),
        ([call(VENDORS, "page=1", status=429)], 1),
        ([call(VENDORS + "/sync", method="PATCH")] * 2, 0),
    ],
    ids=["pages", "asked twice", "behind the last page", "limit hit", "two batches"],
)
def test_the_judge_sees_waste(calls, expected):
    world = oracle.World([], vendors(2500))

    assert len(oracle.wasted(calls, world)) == expected


def test_the_judge_lists_token_and_start_calls_apart():
    calls = [call("/oauth/token", method="POST", api="login"), call("/rest/v1.0/me"), call(VENDORS, "page=1")]

    seen = oracle.judge(calls, oracle.World([], []))

    assert (seen.token_calls, seen.start_calls, seen.calls) == (1, 1, 1)


@pytest.mark.parametrize(("value", "is_ok"), [(1.0, True), (1.05, True), (1.06, False)])
def test_a_figure_beyond_its_bar_fails_the_report(value, is_ok):
    document = report("calls", {"initial_ratio": value}, {"initial_ratio": Bar(1.05, 1.0)})

    assert document["ok"] is is_ok
    assert document["bars"] == {"initial_ratio": {"limit": 1.05, "aim": 1.0, "sense": "<="}}


def test_the_figures_that_exist_are_listed_by_name():
    listed = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--json"], cwd=ROOT, capture_output=True, check=True
    )

    assert "calls" in json.loads(listed.stdout)
