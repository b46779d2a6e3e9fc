"""The same as `calls` with a company of sixteen projects and a few thousand records: seconds instead of minutes."""

from tests.benchmarks import measure_calls
from tests.benchmarks.figures import Number

BARS = measure_calls.BARS


def measure() -> dict[str, Number]:
    """See `calls`."""
    return measure_calls.measure("dozen")
