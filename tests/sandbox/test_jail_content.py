"""Of the project, a jail holds what answers in it and what both ends speak, and nothing else."""

import pytest

from tests.jail_calls import json_output, process_in

pytestmark = pytest.mark.slow
INSIDE = ["autograder.sandbox.agent.server", "autograder.wire.codec"]
OUTSIDE = [
    *("autograder.checks.checking", "autograder.course.folders", "autograder.grading.intake"),
    *("autograder.sandbox.jail", "tests.jail_calls", "solutions"),
]


def test_only_the_agent_and_the_wire_can_be_imported(jail):
    """Whatever else there is beside them on the machine."""
    source = f"""
        import importlib, json
        found = []
        for name in {INSIDE + OUTSIDE}:
            try:
                importlib.import_module(name)
                found.append(name)
            except (ImportError, OSError):
                pass
        print(json.dumps(found))
    """
    with process_in(jail) as calls:
        assert json_output(calls, source) == INSIDE
