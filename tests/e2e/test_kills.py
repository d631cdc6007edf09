"""A step that is killed at any moment; scripts/kills does it some hundred times."""

import json
from pathlib import Path

from tests.e2e.judges import Judges
from tests.e2e.kills import Victim, spread
from tests.testbed import Testbed


def test_step__killed_at_any_moment_leaves_no_broken_name_and_nothing_behind(
    testbed: Testbed, judge: Judges, repository: str, tmp_path: Path
) -> None:
    victim = Victim(testbed, judge, tmp_path / "job", f"{testbed.registry}/{repository}")

    seen = json.loads(spread(victim, 6, every=3))

    assert (seen["killed"], seen["completed after"]) == (6, 3)
