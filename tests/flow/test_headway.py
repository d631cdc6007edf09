"""Who watches a build is told how far it is."""

import json

from ghcr_action.values.engine import BuildProgress
from tests.fakes.progress import FakeProgress
from tests.flow.test_publish import World

NOON = "2026-11-23T12:00:00Z"


def test_build__tells_how_far_it_is_whenever_a_step_moves() -> None:
    world = World()
    step = {"digest": "d", "name": "[build 2/2] RUN make", "started": NOON}
    log = {"logs": [{"vertex": "d", "stream": 1, "data": "eA=="}]}
    world.engine.output = (
        json.dumps({"vertexes": [step]}),
        json.dumps(log),
        json.dumps({"vertexes": [step | {"completed": NOON}]}),
    )

    world.publish()

    assert isinstance(world.ports.progress, FakeProgress)
    assert world.ports.progress.builds == [
        [BuildProgress(done=0, known=1, now="[build 2/2] RUN make"), BuildProgress(done=1, known=1)]
    ]
    assert world.ports.progress.open == 0
