"""Steps of a build as a Mermaid Gantt chart: text that GitHub draws.

Source: https://mermaid.js.org/syntax/gantt.html. Dates are made up: the axis shows minutes and
seconds since the start.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from ghcr_action.report.comment.rows import StepCells

MAX_STEPS = 40
MAX_NAME = 48
"""Characters of a step's name."""
_UNSAFE = r"[^A-Za-z0-9 ./@_=+-]+"
_WIDER = '%%{init: {"gantt": {"leftPadding": 110}}}%%'
"""Room for names of platforms at the left."""
_SLOW_SHARE = 0.25
"""Of the longest step: what is marked as slow."""


def chart(steps: Iterable[StepCells]) -> str:
    """The chart, cached steps left out; empty where nothing was executed."""
    executed = tuple(step for step in steps if not step.is_cached and step.seconds > 0)
    shown = sorted(
        sorted(executed, key=lambda step: -step.seconds)[:MAX_STEPS],
        key=lambda step: (step.section, step.start),
    )
    if not shown:
        return ""
    longest = max(step.seconds for step in shown)
    lines = [_WIDER, "gantt", "    dateFormat YYYY-MM-DD HH:mm:ss.SSS", "    axisFormat %M:%S"]
    number = 0
    for section, members in groupby(shown, key=lambda step: step.section):
        lines.append(f"    section {_name(section) or 'steps'}")
        for step in members:
            number += 1
            mark = "active" if step.seconds > _SLOW_SHARE * longest else "done"
            lines.append(
                f"    {number} {_name(step.text)} :{mark}, {_date(step.start)}, "
                f"{max(1, round(step.seconds * 1000))}ms"
            )
    return "\n".join(lines)


def _name(text: str) -> str:
    return " ".join(re.sub(_UNSAFE, " ", text).split())[:MAX_NAME].strip()


def _date(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"2000-01-01 {hours % 24:02}:{minutes:02}:{rest:02}.{milliseconds % 1000:03}"
