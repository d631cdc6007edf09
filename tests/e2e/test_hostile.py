"""What a Dockerfile prints is text: it can neither set outputs, nor annotate, nor unmask."""

from tests.e2e.judges import Judges
from tests.e2e.runner import Job
from tests.testbed import Testbed

DOCKERFILE = r"""
FROM debian:trixie-slim
RUN printf '%s\n' '::error::x' '::set-output name=digest::y' '::stop-commands::z' '::add-mask::sha256' \
 && printf '%s\n' '##[error]x' '##[set-output name=digest]y' \
 && printf 'progress\r::error::x\n\n::error::x\n   ::warning::x\n' \
 && printf '\033]8;;http://evil\007here\033]8;;\007 \033[2J\033[1A\033[32mgreen\033[0m \342\200\256turned\n'
"""


def test_build_output__commands_in_it_do_nothing(
    job: Job, judge: Judges, testbed: Testbed, repository: str
) -> None:
    (job.workspace / "Dockerfile").write_text(DOCKERFILE)
    name = f"{testbed.registry}/{repository}"

    step = job.run({"images": name, "tags": "1", "no-cache": "true"})

    assert step.exit_code == 0, step.raw_log
    assert "set-output name=digest" in step.raw_log
    assert [entry for entry in step.log.annotations if entry.message == "x"] == []
    assert step.log.deprecated == ()
    assert "here \x1b[32mgreen\x1b[0m turned" in step.raw_log
    assert [
        mark for mark in ("\x1b]", "\x1b[2J", "\x1b[1A", "\u202e") if mark in step.raw_log
    ] == []
    assert "sha256" not in step.log.masks
    assert step.outputs["digest"] == judge.crane("digest", f"{name}:1")


def test_build_failure__commands_in_its_last_lines_do_nothing(
    job: Job, testbed: Testbed, repository: str
) -> None:
    (job.workspace / "Dockerfile").write_text(
        DOCKERFILE + "RUN echo '::set-output name=digest::y' && false\n"
    )

    step = job.run({"images": f"{testbed.registry}/{repository}", "tags": "1", "no-cache": "true"})

    assert step.exit_code == 5, step.raw_log
    assert [entry for entry in step.log.annotations if entry.message == "x"] == []
    assert step.log.deprecated == ()
    assert step.outputs.get("digest", "") == ""
    assert "Dockerfile" in step.summary or "build" in step.summary
