"""Of the project, a jail holds what answers in it and what both ends speak, and nothing else."""

import pytest

from tests.inmates import admitted, said

pytestmark = pytest.mark.slow
INSIDE = ["autograder.sandbox.agent.server", "autograder.wire.codec"]
OUTSIDE = [
    *("autograder.checks.checking", "autograder.course.folders", "autograder.grading.intake"),
    *("autograder.sandbox.jail", "tests.inmates", "solutions"),
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
    with admitted(jail) as conversation:
        assert said(conversation, source) == INSIDE
