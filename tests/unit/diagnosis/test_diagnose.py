"""What a person reads of a failure, and what it is read from."""

from dataclasses import replace

import pytest

from ghcr_action.diagnosis.find import explain, find
from ghcr_action.diagnosis.known import Circumstances, Retry
from ghcr_action.errors import AccessDenied, ActionError, BuildFailed, Unavailable
from ghcr_action.values.answer import Answer, Fault, Where
from ghcr_action.values.event import Event, PullRequest
from ghcr_action.values.secret import Secret
from tests.fakes import refusals
from tests.unit.diagnosis.seen import (
    CREATE,
    ELSEWHERE,
    FOREIGN,
    FORK,
    PASSWORD,
    RUN,
    WRITE,
    engine,
    registry,
)


def code(answer: Answer, context: Circumstances = RUN) -> str:
    found = find(answer, context)
    return found.code if found else ""


@pytest.mark.parametrize(
    ("error", "context", "explained"),
    [
        pytest.param(
            refusals.denied("permission_denied: write_package", image="ghcr.io/acme/tools/app"),
            PASSWORD,
            AccessDenied(
                "Could not push to ghcr.io/acme/tools/app [GHCR-PUSH-403-WRITE-PACKAGE-USER]",
                why="The token is valid, but its owner may not write to this existing package.\n"
                "POST https://ghcr.io/v2/acme/tools/app/blobs/uploads/ was answered with 403: "
                "DENIED: permission_denied: write_package",
                fix="On https://github.com/orgs/acme/packages/container/tools%2Fapp/settings, give "
                "the token's owner the role Write. Or log in with the job's own token (leave out "
                '`password`) and, under "Manage Actions access", add Acme/tools with the role '
                "Write.",
                docs="https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility",
            ),
            id="registry",
        ),
        pytest.param(
            BuildFailed(
                "The build failed: unexpected status: 499",
                fix="Read the build log above.",
                answer=engine("unexpected status: 499"),
            ),
            None,
            Unavailable(
                "The build failed: unexpected status: 499 [GHCR-NETWORK]",
                why="A temporary fault of a server or of the network.",
                fix=(
                    "Run the step again if our own retries did not help. If it persists, "
                    "see https://www.githubstatus.com."
                ),
                docs="https://www.githubstatus.com",
            ),
            id="engine",
        ),
        pytest.param(
            refusals.denied(CREATE.removeprefix("denied: "), image="ghcr.io/acme/tools/app"),
            RUN,
            AccessDenied(
                "Could not push to ghcr.io/acme/tools/app [GHCR-PUSH-403-CREATE-PERMISSION]",
                why="The job most likely lacks the permission `packages: write`.\n"
                "POST https://ghcr.io/v2/acme/tools/app/blobs/uploads/ was answered with 403: "
                "DENIED: installation not allowed to Create organization package",
                fix="Grant it to the job:\n    permissions:\n      contents: read\n"
                "      packages: write\nIf it has it already: have an owner allow the visibility "
                'under "Package creation" in '
                "https://github.com/organizations/Acme/settings/packages.",
                docs="https://docs.github.com/en/actions/reference/github_token-reference",
            ),
            id="permission first, policy next",
        ),
        pytest.param(
            refusals.denied(CREATE.removeprefix("denied: "), image="ghcr.io/other/app"),
            FOREIGN,
            AccessDenied(
                "Could not push to ghcr.io/other/app [GHCR-PUSH-403-CREATE-OWNER]",
                why="The image belongs to other, but the job's token is Acme's: it can't write "
                "packages of another owner.\n"
                "POST https://ghcr.io/v2/other/app/blobs/uploads/ was answered with 403: "
                "DENIED: installation not allowed to Create organization package",
                fix="Publish below Acme: images: ghcr.io/acme/NAME. Or give a classic personal "
                "access token of other as `password`.",
                docs="https://docs.github.com/en/actions/reference/github_token-reference",
            ),
            id="another owner",
        ),
        pytest.param(
            refusals.denied(WRITE.removeprefix("denied: "), image="ghcr.io/acme/tools/app"),
            FORK,
            AccessDenied(
                "Could not push to ghcr.io/acme/tools/app [GHCR-PUSH-403-WRITE-FORK]",
                why="The run belongs to a pull request from a fork, whose job token may only read, "
                "whatever `permissions` says.\n"
                "POST https://ghcr.io/v2/acme/tools/app/blobs/uploads/ was answered with 403: "
                "DENIED: installation not allowed to Write organization package",
                fix="Leave `push` at its default: pull requests from forks are then built but not "
                "published. Publish after the merge.",
                docs="https://docs.github.com/en/actions/reference/github_token-reference",
            ),
            id="fork",
        ),
        pytest.param(
            refusals.registry(
                "DENIED: your plan has no private images",
                image="quay.io/acme/app",
                codes=("DENIED",),
            ),
            ELSEWHERE,
            AccessDenied(
                "Could not push to quay.io/acme/app [REGISTRY-403-REASON]",
                why="quay.io refuses, and says why: DENIED: your plan has no private images\n"
                "POST https://quay.io/v2/acme/app/blobs/uploads/ was answered with 403: "
                "DENIED: your plan has no private images",
                fix="Do what it says. Where that is not yours to change, ask whoever owns "
                "quay.io/acme/app or runs quay.io; nothing else is known of this refusal.",
                docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes",
            ),
            id="a reason of its own",
        ),
    ],
)
def test_explain__whole_error(
    error: ActionError, context: Circumstances | None, explained: ActionError
) -> None:
    found = explain(error, context)

    assert (type(found), str(found)) == (type(explained), str(explained))
    assert found.answer is error.answer


def test_explain__unknown_stays_as_it_is() -> None:
    error = BuildFailed("x", answer=engine("a reason that nobody has seen"))
    ours = Unavailable("unknown blob", why="unknown blob")

    assert explain(error) is error
    assert explain(ours) is ours


def test_find__noise_before_the_last_error_does_not_count() -> None:
    log = (
        "#8 curl: (56) connection reset by peer\n#8 ERROR: unknown "
        "blob\n------\nERROR: failed to solve: no such stage: x\n"
    )

    assert code(engine(log)) == ""
    assert code(registry(0, log)) == "PUSH-UNKNOWN-BLOB"


def test_find__only_the_end_of_a_long_text_counts() -> None:
    text = "unknown blob\n" + "layer done\n" * 10_000 + "manifest unknown"

    assert code(engine(text)) == "PULL-404-MANIFEST"


def test_find__colours_do_not_hide_a_text() -> None:
    assert code(engine("un\x1b[31mknown\x1b[0m blob\x07")) == "PUSH-UNKNOWN-BLOB"


@pytest.mark.parametrize(
    "said",
    [
        (
            "rpc error: code = Unknown desc = write "
            "/github/runner_temp/layout/ingest/1/total: no space left on device"
        ),
        (
            'process "/bin/sh -c apt-get install x" did not complete successfully: exit '
            "code: 100: disk quota exceeded"
        ),
    ],
    ids=["export", "step"],
)
def test_find__a_full_disk_is_why_a_build_or_a_step_failed(said: str) -> None:
    found = find(engine(f"ERROR: failed to solve: {said}"))

    assert found is not None
    assert (found.code, found.kind, found.retry) == ("MACHINE-FULL", Unavailable, Retry.NEVER)


def test_find__step_that_failed_is_not_the_network() -> None:
    text = (
        "#9 12.1 curl: (56) connection reset by peer\n"
        "------\n"
        'ERROR: failed to solve: process "/bin/sh -c make deps" did not complete successfully: '
        "exit code: 2"
    )

    assert code(engine(text)) == "BUILD-STEP-FAILED"


def test_explain__keeps_no_secret() -> None:
    error = refusals.registry("DENIED: pa55word is no good today", image="quay.io/acme/app")

    found = explain(error, replace(ELSEWHERE, secrets=(Secret("pa55word"),)))

    assert found.code == "REGISTRY-403-REASON"
    assert "pa55word" not in str(found)


def test_find__engine_row_is_not_for_the_api() -> None:
    assert code(Answer(where=Where.API, words="manifest unknown")) == ""


@pytest.mark.parametrize("fault", Fault)
def test_find__a_fault_has_a_cause_at_every_registry(fault: Fault) -> None:
    """But for a certificate, of which the client itself knows what is wrong, and for nonsense."""
    found = {
        code(registry(0, fault=fault, context=context), context) for context in (RUN, ELSEWHERE)
    }

    assert ("" in found) is (fault in (Fault.TLS, Fault.NONSENSE))


def test_circumstances__during_a_fork_pull_request_by_dependabot() -> None:
    event = Event(
        name="pull_request",
        ref="refs/pull/1/merge",
        sha="0" * 40,
        repository="acme/tools",
        actor="dependabot[bot]",
        owner_type="User",
        server_url="https://github.example",
        pull_request=PullRequest(
            number=1, head_sha="1" * 40, head_ref="x", head_repository="mona/tools", base_ref="main"
        ),
    )

    assert Circumstances.during(event) == Circumstances(
        repository="acme/tools",
        owner_type="User",
        server_url="https://github.example",
        registry="containers.github.example",
        is_fork=True,
        is_dependabot=True,
    )


@pytest.mark.parametrize(
    ("where", "method", "url", "permission"),
    [
        (Where.API, "POST", "/repos/acme/tools/issues/7/comments", "pull-requests: write"),
        (Where.API, "GET", "/repos/acme/tools/pulls", "pull-requests: read"),
        (Where.API, "GET", "/repos/acme/tools/commits/1/pulls", "pull-requests: read"),
        (Where.API, "DELETE", "/orgs/acme/packages/container/app/versions/1", "packages: write"),
        (Where.API, "GET", "/users/mona/packages/container/app", "packages: read"),
        (Where.API, "GET", "/repos/acme/tools", "contents: read"),
        (Where.REGISTRY, "GET", "https://ghcr.io/v2/", ""),
    ],
)
def test_circumstances__permission_is_that_of_the_call(
    where: Where, method: str, url: str, permission: str
) -> None:
    answer = Answer(where=where, method=method, url=url)

    assert Circumstances(answer=answer).permission == permission
    assert Circumstances().permission == ""
