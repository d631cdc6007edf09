"""What a publishing run tells on each event, and where: the comment, the saved report, the summary,
the list of artifacts."""

import json
import logging
from dataclasses import replace

import pytest

from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    BuildFailed,
    ContentInvalid,
    PolicyRefused,
    SettingsError,
    Unavailable,
)
from ghcr_action.images import transfer
from ghcr_action.modes import publish
from ghcr_action.plans.publish import Outcome
from ghcr_action.report.comment import rows, saved
from ghcr_action.report.comment.rows import BUILT, FAILED, PUSHED, LayerCells, Row
from ghcr_action.report.publish_row import MAX_LINE, MAX_LINES
from ghcr_action.report.words import markdown
from ghcr_action.settings import parse
from ghcr_action.values import oci
from ghcr_action.values.event import Event, PullRequest
from ghcr_action.values.github import Package
from ghcr_action.values.oci import Descriptor, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference, Repository
from tests.fakes import ports as fakes
from tests.fakes import refusals
from tests.fakes.engine import FakeEngine, image
from tests.fakes.events import (
    HEAD,
    SHA,
    fork_pull_request,
    pull_request_event,
    push_event,
    schedule_event,
    tag_event,
)
from tests.fakes.github import FakeGitHub
from tests.fakes.layout import MemoryLayout
from tests.fakes.refusals import denied
from tests.fakes.registry import FakeRegistry
from tests.fakes.runner import FakeRunner
from tests.fakes.workspace import FakeWorkspace
from tests.flow.test_publish import parsed
from tests.unit.buildx.recordings import log, vertex

APP = "ghcr.io/octo/app"
DEPENDABOT = "dependabot[bot]"


class World:
    def __init__(self) -> None:
        self.workspace = FakeWorkspace(
            {"Dockerfile": b"FROM scratch", ".git/HEAD": b"ref: refs/heads/main"}
        )
        self.registry = FakeRegistry()
        self.engine = FakeEngine(self.registry)
        self.github = FakeGitHub()
        self.runner = FakeRunner()
        self.ports = fakes.make(
            workspace=self.workspace,
            engine=self.engine,
            registry=self.registry,
            runner=self.runner,
            github=self.github,
        )

    def publish(self, event: Event, **given: str) -> Outcome:
        return publish.run(parsed(event, **given), self.ports)

    def row(self, number: int = 7) -> Row:
        (comment,) = self.github.said[number]
        (found,) = rows.decode(comment.body)
        return found


@pytest.fixture
def world() -> World:
    return World()


def test_comment__a_pull_request_gets_one_and_the_next_push_edits_it(world: World) -> None:
    first = world.publish(pull_request_event())
    row = world.row()

    assert (row.status, row.sha, row.digest, row.tags) == (
        PUSHED,
        HEAD,
        str(first.digest),
        ("pr-7",),
    )
    assert (
        world.runner.outputs["comment-url"] == "https://github.com/octo/app/pull/7#issuecomment-1"
    )
    assert world.github.said[7][0].body.startswith(
        "<!-- ghcr-report:v1 key=ci -->\n### Container images for `fffffff`\n\n**1 image pushed.**"
    )

    world.publish(pull_request_event(run_number="13"))

    assert world.row().run_number == 13
    assert [
        call.partition(" ")[0] for call in world.github.calls if call.startswith(("create", "edit"))
    ] == ["create", "edit"]


@pytest.mark.parametrize(
    "event",
    [
        push_event(),
        tag_event(),
        schedule_event(),
        replace(push_event(), name="workflow_dispatch"),
        replace(push_event(), name="merge_group"),
    ],
    ids=["push", "tag", "schedule", "by hand", "merge group"],
)
def test_comment__other_events_get_none_and_ask_nobody(world: World, event: Event) -> None:
    world.publish(event, tags="latest")

    assert world.github.said == {}
    assert [call for call in world.github.calls if not call.startswith("package")] == []
    assert (world.runner.outputs["comment-url"], world.runner.outputs["report"]) == ("", "")


def test_comment__always_finds_the_pull_requests_of_a_push(world: World) -> None:
    pull = PullRequest(
        number=9, head_sha=SHA, head_ref="topic", head_repository="octo/app", base_ref="main"
    )
    world.github.pulls = [pull]

    world.publish(push_event("topic"), comment="always")

    assert (world.row(9).sha, world.row(9).status) == (SHA, PUSHED)


def test_comment__always_without_a_pull_request_says_nothing(world: World) -> None:
    world.publish(push_event(), comment="always")

    assert world.github.said == {}
    assert world.runner.outputs["report"] == ""


def test_comment__never(world: World) -> None:
    world.publish(pull_request_event(), comment="never")

    assert world.github.said == {}
    assert world.runner.outputs["comment-url"] == ""


def test_comment__dry_run_writes_none(world: World) -> None:
    world.publish(pull_request_event(), dry_run="true")

    assert world.github.calls == []


def test_comment__a_key_of_its_own_is_a_comment_of_its_own(world: World) -> None:
    world.publish(pull_request_event())
    world.publish(pull_request_event(), comment_key="other")

    assert [comment.body.partition("\n")[0] for comment in world.github.said[7]] == [
        rows.marker("ci"),
        rows.marker("other"),
    ]


def test_comment__matrix_jobs_share_one(world: World) -> None:
    world.publish(pull_request_event(), target="debug")
    world.publish(pull_request_event(), target="release")

    (comment,) = world.github.said[7]
    assert [row.id for row in rows.decode(comment.body)] == [f"{APP}|debug", f"{APP}|release"]
    assert "| `ghcr.io/octo/app (debug)` | ✅\u00a0pushed |" in comment.body


def test_comment__compares_with_the_base_branch(world: World) -> None:
    world.publish(push_event("main"))
    world.publish(pull_request_event())

    assert (world.row().base_name, world.row().platforms[0].base) == (
        "main",
        world.row().platforms[0].size,
    )
    assert (world.row().layers_of, world.row().platforms[0].layers, world.row().fresh) == (
        "linux/amd64",
        2,
        0,
    )
    assert world.row().layers == (
        LayerCells(kind="unchanged", text="2 layers", before=39, after=39, count=2),
    )
    assert "Compared with branch `main` at" in world.github.said[7][0].body


@pytest.mark.parametrize(
    ("event", "given", "reason"),
    [
        (pull_request_event(), {}, "there is no ghcr.io/octo/app:main"),
        (
            replace(
                pull_request_event(),
                pull_request=PullRequest(
                    number=7, head_sha=HEAD, head_ref="t", head_repository="octo/app", base_ref=""
                ),
            ),
            {},
            "no base branch",
        ),
        (
            replace(
                pull_request_event(),
                pull_request=PullRequest(
                    number=7, head_sha=HEAD, head_ref="t", head_repository="octo/app", base_ref="ä"
                ),
            ),
            {},
            "ä is no tag",
        ),
    ],
    ids=["never pushed", "no branch", "no tag"],
)
def test_comment__says_why_there_is_no_comparison(
    world: World, event: Event, given: dict[str, str], reason: str
) -> None:
    world.publish(event, **given)

    assert world.row().base_reason == reason


def test_comment__a_base_that_can_not_be_read_is_no_failure(world: World) -> None:
    world.registry.faults["head", f"{APP}:main"] = Unavailable("Could not read it")

    world.publish(pull_request_event())

    assert world.row().base_reason == "the image of main can't be read (Could not read it)"


def test_comment__a_failed_build_says_so_and_keeps_the_last_good_image(world: World) -> None:
    good = world.publish(pull_request_event())
    world.engine.failure = "exit code 3"
    world.engine.output = ("ERROR: failed to solve: no such thing",)

    with pytest.raises(BuildFailed):
        world.publish(pull_request_event(run_number="13"))

    row = world.row()
    assert (row.status, row.good_digest, row.good_sha) == (FAILED, str(good.digest), HEAD)
    assert (
        f"Last good image (commit `fffffff`): `{APP}@{good.digest}`" in world.github.said[7][0].body
    )
    assert world.runner.outputs["comment-url"].endswith("#issuecomment-1")


@pytest.mark.parametrize(
    "trouble",
    [Unavailable("GITHUB_OUTPUT can't be written"), OSError(28, "No space left on device")],
)
def test_failure__is_not_hidden_by_one_of_telling_it(
    trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    class Full(FakeRunner):
        def output(self, name: str, value: str) -> None:
            raise trouble

    world = World()
    world.ports = replace(world.ports, runner=Full())
    world.engine.failure = "exit code 3"

    with caplog.at_level(logging.WARNING), pytest.raises(BuildFailed):
        world.publish(pull_request_event())

    (warned,) = (each for each in caplog.messages if "could not be told everywhere" in each)
    assert str(trouble) in warned


def step_that_fails(said: str) -> tuple[str, ...]:
    """What ``--progress rawjson`` tells of a RUN that prints this and exits with 2."""
    error = 'process "/bin/sh -c make" did not complete successfully: exit code: 2'
    digest, name = "sha256:1", "[2/2] RUN make"
    return vertex(digest, name, 0), log(digest, said, 2), vertex(digest, name, 0, 1, error=error)


@pytest.mark.parametrize(
    ("said", "block"),
    [
        ("make: *** Error 2\n", "```text\nmake: *** Error 2\n"),
        ("</details> @octo/all\n", "```text\n</details> @octo/all\n"),
        ("``` and ````\n", "`````text\n``` and ````\n"),
        ("<!-- ghcr-report:v1 key=ci -->\n", "```text\n<!-- ghcr-report:v1 key=ci -->\n"),
        ("\x1b[31mred\x1b[0m\n", "```text\nred\n"),
        ("![x](https://example.com/x.png)\n", "```text\n![x](https://example.com/x.png)\n"),
        ("no line end", "```text\nno line end\n"),
        ("ä" * 5000 + "\n", "```text\n" + "ä" * MAX_LINE + "\n"),
        ("".join(f"line {n}\n" for n in range(100)), "```text\nline "),
    ],
    ids=["words", "tags", "fences", "a mark", "colours", "picture", "no end", "long", "many"],
)
def test_comment__the_last_lines_of_a_failed_step_stand_in_a_block(
    world: World, said: str, block: str
) -> None:
    """What a step prints is a stranger's: it ends no block, and is no comment of ours."""
    world.engine.failure = "exit code 2"
    world.engine.output = step_that_fails(said)

    with pytest.raises(BuildFailed):
        world.publish(pull_request_event())

    failure, body = world.row().failure, world.github.said[7][0].body
    assert failure is not None
    assert 0 < len(failure.said) <= MAX_LINES
    assert block in body
    assert "above" not in body
    assert "did not complete" not in body  # the title says it


@pytest.mark.parametrize(
    "line",
    [
        "target stage relase could not be found",
        '"/go.sum": not found',
        "failed to parse platform: an invalid component",
        "unsupported syntax",
        "base name (${BASE}) should not be blank",
        "circular dependency detected on stage: a",
    ],
)
def test_comment__a_build_that_fails_before_a_step_is_told_once(world: World, line: str) -> None:
    world.engine.failure = "exit code 1"
    world.engine.output = (f"ERROR: failed to solve: {line}",)

    with pytest.raises(BuildFailed):
        world.publish(pull_request_event())

    failure = world.row().failure
    assert failure is not None
    assert (failure.what, failure.cause, failure.said) == (f"The build failed: {line}", "", ())
    assert failure.fix == "Read the build log; the last lines tell why the step failed."
    assert "above" not in world.github.said[7][0].body + "".join(world.runner.summaries)


def test_comment__a_refused_push_names_the_cause_before_the_build(world: World) -> None:
    world.registry.faults["check_push", APP] = denied("permission_denied: write_package")

    with pytest.raises(AccessDenied):
        world.publish(pull_request_event())

    failure = world.row().failure
    assert failure is not None
    assert failure.code == "GHCR-PUSH-403-WRITE-PACKAGE"
    assert failure.cause.startswith(
        "The token is valid, but octo/app has no Write role on this existing package"
    )
    assert world.engine.commands == []


def test_access__a_registry_that_gives_no_answer_is_not_built_for(world: World) -> None:
    world.registry.faults["check_push", APP] = Unavailable("no answer")

    with pytest.raises(Unavailable, match="no answer"):
        world.publish(push_event())

    assert world.engine.commands == []


def test_access__what_is_unclear_does_not_stop_the_build(world: World) -> None:
    world.registry.faults["check_push", APP] = ContentInvalid("an answer that nobody understands")

    assert world.publish(push_event()).pushed


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (fork_pull_request(), "the token of a pull request from a fork can only read"),
        (
            pull_request_event(actor=DEPENDABOT),
            "the token of a Dependabot pull request can only read",
        ),
    ],
    ids=["fork", "dependabot"],
)
def test_report__is_saved_where_the_token_only_reads(
    world: World, event: Event, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    outcome = world.publish(event)

    assert not outcome.pushed
    assert world.runner.outputs["pushed"] == "false"
    assert world.runner.outputs["report"] == "/temp/report.json"
    assert world.github.calls == []
    row = saved.load(world.workspace.files["/temp/report.json"])[0]
    assert (row.status, row.reason, row.sha, row.image) == (BUILT, reason, HEAD, APP)
    assert "The report is saved: upload /temp/report.json as an artifact" in caplog.text


def test_report__of_a_failed_fork_is_saved_too(world: World) -> None:
    world.engine.failure = "exit code 3"

    with pytest.raises(BuildFailed):
        world.publish(fork_pull_request())

    assert saved.load(world.workspace.files["/temp/report.json"])[0].status == FAILED


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            refusals.api("Resource not accessible by integration", method="POST"),
            "403",
        ),
        (Unavailable("GitHub is down"), "GitHub is down"),
        (ActionError("Too long", why="422"), "422"),
    ],
    ids=["403", "down", "422"],
)
def test_comment__that_can_not_be_written_is_saved_and_the_image_is_published(
    world: World, error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.github.unavailable = error

    assert world.publish(pull_request_event()).pushed

    warnings = [
        record.getMessage() for record in caplog.records if record.levelno == logging.WARNING
    ]
    assert len(warnings) == 1
    assert warnings[0].startswith("The comment on pull request 7 could not be written. ")
    assert said in warnings[0]
    assert world.runner.outputs["report"] == "/temp/report.json"


def test_comment__always_and_github_is_down(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.github.unavailable = Unavailable("down")

    assert world.publish(push_event(), comment="always").pushed

    assert "The pull requests of commit a1b2c3d could not be looked for. down" in caplog.text


def test_artifacts__one_bare_name_for_each_repository(world: World) -> None:
    outcome = world.publish(push_event(), images=f"{APP}\nquay.io/octo/app")

    assert world.runner.artifacts == [
        f"{APP}@{outcome.digest}",
        f"quay.io/octo/app@{outcome.digest}",
    ]


def test_visibility__is_an_output_and_a_row_of_the_summary(world: World) -> None:
    page = "https://github.com/orgs/octo/packages/container/package/app"
    world.github.packages["octo/app"] = Package(
        visibility="private", html_url=page, repository="octo/app"
    )

    outcome = world.publish(push_event())

    assert outcome.visible is not None
    assert (world.runner.outputs["visibility"], world.runner.outputs["package-url"]) == (
        "private",
        page,
    )
    assert (
        "| Visibility | private; a pull without a login is refused |" in world.runner.summaries[0]
    )


def test_visibility__fails_after_everything_is_told(world: World) -> None:
    world.github.packages["octo/app"] = Package(visibility="private", repository="octo/app")

    with pytest.raises(PolicyRefused, match="is private, not public"):
        world.publish(push_event(), visibility="public", visibility_check="fail")

    assert world.runner.outputs["pushed"] == "true"
    assert "> ghcr.io/octo/app is private, not public" in world.runner.summaries[0]


def test_visibility__private_on_a_public_package_builds_nothing(world: World) -> None:
    world.github.packages["octo/app"] = Package(visibility="public", repository="octo/app")

    with pytest.raises(PolicyRefused):
        world.publish(push_event(), visibility="private")

    assert world.engine.commands == []
    assert world.registry.head(Reference.parse(f"{APP}:main")) is None


def test_visibility__api_down_is_no_failure(world: World) -> None:
    world.github.unavailable = Unavailable("GitHub is down")

    assert world.publish(push_event()).pushed
    assert world.runner.outputs["visibility"] == "unknown"


def test_summary__says_how_to_pin(world: World) -> None:
    outcome = world.publish(push_event())

    text = world.runner.summaries[0]
    assert f"A FROM line\n\n```dockerfile\nFROM {APP}@{outcome.digest}\n```\n" in text
    assert f"```yaml\nservices:\n  app:\n    image: {APP}@{outcome.digest}\n```\n" in text
    assert f"```yaml\ncontainers:\n  - name: app\n    image: {APP}@{outcome.digest}\n```\n" in text


COMMENT = (
    '{% extends "comment.md.j2" %}{% block title %}## Mine: {{ view.verdict }}\n\n{% endblock %}'
)


def test_template__of_the_comment_overrides_a_block(world: World) -> None:
    world.workspace.files["comment.j2"] = COMMENT.encode()

    world.publish(pull_request_event(), comment_template="comment.j2")

    assert world.github.said[7][0].body.startswith(
        f"{rows.marker('ci')}\n## Mine: 1 image pushed.\n\n**1 image pushed.**"
    )
    assert world.row().status == PUSHED


def test_template__of_the_summary_stands_alone(world: World) -> None:
    world.workspace.files["summary.j2"] = b"{{ view.title }} @octo {{ view.digest | code }}"

    outcome = world.publish(push_event(), summary_template="summary.j2")

    assert world.runner.summaries == [f"{APP} @octo `{outcome.digest}`"]


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{% include '/etc/passwd' %}",
        "{{ view.nothing }}",
        "{% for x in range(100000000) %}{% endfor %}",
        "{{ 1 / 0 }}",
        "{% if %}",
        "{{ view.tags.append(1) }}",
    ],
    ids=["class", "file", "unknown", "endless", "division", "syntax", "change"],
)
def test_template__a_wrong_one_is_told(world: World, source: str) -> None:
    world.workspace.files["summary.j2"] = source.encode()

    with pytest.raises(SettingsError, match="`summary-template` can't be used"):
        world.publish(push_event(), summary_template="summary.j2")


@pytest.mark.parametrize(
    ("files", "path", "what"),
    [
        ({}, "none.j2", "`summary-template`: none.j2 is no file of the workspace"),
        (
            {},
            "../../etc/passwd",
            "`summary-template`: ../../etc/passwd is no file of the workspace",
        ),
        ({"big.j2": b" " * 70_000}, "big.j2", "`summary-template`: big.j2 has 70000 bytes"),
    ],
    ids=["missing", "outside", "too large"],
)
def test_template__a_file_that_is_none(
    world: World, files: dict[str, bytes], path: str, what: str
) -> None:
    world.workspace.files |= files

    with pytest.raises(SettingsError) as raised:
        world.publish(push_event(), summary_template=path)

    assert raised.value.what == what
    assert world.engine.commands == []


def test_report__is_json_and_holds_no_markdown(world: World) -> None:
    world.publish(fork_pull_request(), tags="type=ref,event=pr")

    document = json.loads(world.workspace.files["/temp/report.json"])
    assert document.keys() == {"version", "row"}
    assert "|" not in json.dumps(
        {name: value for name, value in document["row"].items() if name != "id"}
    )


def test_comment__layers_that_differ_have_a_line_each(world: World) -> None:
    world.publish(push_event("main"), platforms="linux/amd64")
    other, blobs = image([Platform("linux", "arm64")])
    transfer.push(
        MemoryLayout(other, blobs), other.descriptor, Repository.parse(APP), world.registry
    )
    entry = Descriptor(
        media_type=other.media_type,
        digest=other.descriptor.digest,
        size=len(other.raw),
        platform=Platform("linux", "amd64"),
    )
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_INDEX,
        "manifests": [oci.describe(entry)],
    }
    world.registry.put(Reference.parse(f"{APP}:main"), oci.parse(oci.dump(document)))

    world.publish(pull_request_event())

    assert world.row().layers == (
        LayerCells(kind="added", text="a layer without history", after=len("layer of linux/amd64")),
        LayerCells(
            kind="removed", text="a layer without history", before=len("layer of linux/arm64")
        ),
        LayerCells(kind="unchanged", text="1 layer", before=19, after=19),
    )
    assert world.row().fresh == len("layer of linux/amd64")


STARTED = (
    vertex("sha256:5", "[internal] load build definition from Dockerfile", 0.1, 0.2),
    vertex("sha256:6", "[auth] octo/python:pull token for ghcr.io", 0.2, 0.4),
    vertex("sha256:1", "[linux/amd64 1/3] FROM python", 0.5, 0.6),
    vertex("sha256:2", "[linux/amd64 2/3] COPY requirements.txt .", 1, 1, cached=True),
    vertex("sha256:3", f"[linux/amd64 3/3] RUN pip install {'x' * 80}", 1, 12.5),
    vertex("sha256:4", "exporting to image", 13, 14),
)


def test_build__its_steps_reach_comment_and_summary(world: World) -> None:
    world.engine.output = STARTED

    world.publish(pull_request_event())

    row = world.row()
    assert (row.cached, row.cacheable) == (1, 2)
    assert [(step.section, step.start, step.seconds, step.is_cached) for step in row.steps] == [
        ("linux/amd64", 0.0, 0.1, False),
        ("linux/amd64", 0.5, 0.0, True),
        ("linux/amd64", 0.5, 11.5, False),
        ("export", 12.5, 1.0, False),
    ]
    text = world.runner.summaries[0]
    assert "| Cache | 1/2 steps |" in text
    slow = f"RUN pip install {'x' * 80}"[:59]
    assert f"| Slowest | {markdown.text(slow)}… 11.5 s · exporting to image 1.0 s" in text
    assert "```mermaid\n%%{init:" in text
    assert "RUN pip install xxxx" in world.github.said[7][0].body


def test_settings__keep_their_secrets_masked() -> None:
    for mode, given in (("comment", {"report": "x"}), ("visibility", {})):
        settings = parse.settings(
            {"mode": mode, "github-token": "t0ken", **given}, {}, push_event()
        )[0]
        assert "t0ken" in [secret.reveal() for secret in settings.secrets]


def test_summary__outside_a_workflow_names_no_commit(world: World) -> None:
    world.publish(push_event(sha=""), images=APP, tags="1")

    assert "| Source |" not in world.runner.summaries[0]


def hold_smaller(world: World) -> None:
    """The image of the base branch, without the layer that this build adds."""
    root, blobs = image([Platform("linux", "amd64")])
    smaller = oci.parse(oci.dump(json.loads(root.raw) | {"layers": []}))
    assert isinstance(smaller, Manifest)
    main = Reference.parse("ghcr.io/octo/app:main")
    layout = MemoryLayout(smaller, blobs)
    transfer.push(layout, smaller.descriptor, main.repository, world.registry)
    world.registry.put(main, smaller)


def test_size_limit__warns_and_names_the_layer(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    hold_smaller(world)

    world.publish(pull_request_event(), size_limit="5%")

    said = world.row().over
    assert said.startswith("linux/amd64 grew by 39 B (+")
    assert "more than `size-limit: 5%`; most of it is `a layer without history`" in said
    assert [each.getMessage() for each in caplog.records if each.levelname == "WARNING"] == [said]
    assert "⚠️ linux/amd64 grew by 39 B" in world.github.said[7][0].body


def test_size_limit__stops_before_any_tag(world: World) -> None:
    hold_smaller(world)

    with pytest.raises(PolicyRefused, match="is too large: no tag was written") as raised:
        world.publish(pull_request_event(), size_limit="5%", size_check="fail")

    assert raised.value.code == "SIZE-LIMIT"
    assert world.registry.head(Reference.parse("ghcr.io/octo/app:pr-7")) is None
    assert world.row().status == "failed"


@pytest.mark.parametrize("event", [push_event("main"), pull_request_event()])
def test_size_limit__without_anything_to_compare_with(event: Event, world: World) -> None:
    assert world.publish(event, size_limit="0", size_check="fail").pushed
