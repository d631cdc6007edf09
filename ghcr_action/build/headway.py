"""How far a build has come, out of its progress: what a bar needs. Separate because the log has no use for it."""

from ghcr_action.build.progress import Progress
from ghcr_action.build.steps import Step
from ghcr_action.values.headway import Headway


def of(progress: Progress) -> Headway:
    """The steps that are done, of all that a line has named, and the one to name: an instruction or an export before anything else."""
    steps = progress.steps
    running = sorted((step for step in steps if not step.completed), key=lambda step: (_is_aside(step), step.number))
    return Headway(
        done=len(steps) - len(running),
        known=progress.known,
        now="".join(part for part in str(running[0].name) if part.isprintable()) if running else "",
    )


def _is_aside(step: Step) -> bool:
    return step.name.is_base or not (step.name.total or step.name.is_export)
