"""`python -m tests.benchmarks` lists the figures; with a name it measures one (`--json`: one document, nothing else).

A benchmark is a module `measure_<name>.py` of this folder (the name with _ for -) with BARS and `measure()`.
"""

import argparse
import importlib
import json
import pkgutil
import sys
from typing import Any

import tests.benchmarks
from tests.benchmarks.figures import report

_BEGINS = "measure_"


def names() -> list[str]:
    """Every benchmark there is, by alphabet."""
    modules = pkgutil.iter_modules(tests.benchmarks.__path__)
    found = (module.name for module in modules if module.name.startswith(_BEGINS))
    return sorted(name.removeprefix(_BEGINS).replace("_", "-") for name in found)


def measured(name: str) -> dict[str, Any]:
    """Runs one benchmark."""
    module = importlib.import_module(f"tests.benchmarks.{_BEGINS}{name.replace('-', '_')}")
    return report(name, module.measure(), module.BARS)


def main() -> int:
    """0: every bar holds; 1: one does not; 2: wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=names())
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.name is None:
        print(json.dumps(names()) if asked.json else "\n".join(names()))
        return 0
    document = measured(asked.name)
    if asked.json:
        print(json.dumps(document))
    else:
        for figure, value in document["figures"].items():
            bar = document["bars"].get(figure)
            told = f"  (bar {bar['sense']} {bar['limit']:g}, aim {bar['aim']:g})" if bar else ""
            print(f"{figure:20} {value:g}{told}")
    return 0 if document["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
