"""How far a build has come, while its lines arrive."""

import pytest

from ghcr_action.buildx import measures
from ghcr_action.values.engine import BuildProgress
from tests.unit.buildx.recordings import folded, vertex


def step(name: str, *times: float) -> str:
    return vertex(name, name, *times)


RUN, FROM, LOAD, EXPORT = (
    "[build 2/3] RUN make",
    "[build 1/3] FROM debian",
    "[internal] load build definition",
    "exporting to image",
)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((), BuildProgress(done=0, known=0)),
        ((step(LOAD, 0), step(RUN)), BuildProgress(done=0, known=2, now=LOAD)),
        ((step(LOAD, 0), step(FROM, 0), step(RUN, 0)), BuildProgress(done=0, known=3, now=RUN)),
        (
            (step(RUN, 0), step(RUN, 0, 3), step(EXPORT, 3)),
            BuildProgress(done=1, known=2, now=EXPORT),
        ),
        ((step(RUN, 0, 3),), BuildProgress(done=1, known=1)),
        (
            (step("[build 2/3] RUN printf '\x1b[2J'", 0),),
            BuildProgress(done=0, known=1, now="[build 2/3] RUN printf '[2J'"),
        ),
    ],
    ids=[
        "nothing yet",
        "first step",
        "an instruction before what is aside",
        "export",
        "over",
        "hostile name",
    ],
)
def test_progress_counts__of_lines(lines: tuple[str, ...], found: BuildProgress) -> None:
    assert measures.build_progress(folded(*lines)) == found
