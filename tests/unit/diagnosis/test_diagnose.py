"""What a person reads of a failure, and what it is read from."""

import pytest

from ghcr_action.diagnosis.find import diagnose, explain, to_error
from ghcr_action.diagnosis.known import Circumstances, Diagnosis, Retry, Where
from ghcr_action.errors import AccessDenied, ActionError, BuildFailed, NotFound, Unavailable
from ghcr_action.values.event import Event, PullRequest
from ghcr_action.values.secret import Secret
from tests.unit.diagnosis.seen import CREATE, FOREIGN, FORK, PASSWORD, RUN, WRITE


def test_diagnose__whole_finding() -> None:
    text = (
        "#12 pushing layers\n#12 ERROR: failed to push ghcr.io/acme/tools/app:1.0: "
        "denied: permission_denied: write_package"
    )

    found = diagnose(text, where=Where.ENGINE, context=RUN)

    assert found == Diagnosis(
        code="GHCR-PUSH-403-WRITE-PACKAGE",
        kind=AccessDenied,
        what="Push of ghcr.io/acme/tools/app:1.0 failed: failed to push ghcr.io/acme/tools/app:1.0: "
        "denied: permission_denied: write_package [GHCR-PUSH-403-WRITE-PACKAGE]",
        why="The token is valid, but Acme/tools has no Write role on this existing package: it was first pushed with a "
        "personal access token, or by another repository.",
        fix='On https://github.com/orgs/acme/packages/container/tools%2Fapp/settings, under "Manage Actions access", add '
        "Acme/tools with the role Write (Admin for clean-up). There is no API for this. Or give a classic personal access "
        "token with `write:packages` as `password`.",
        docs="https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility",
        retry=Retry.NEVER,
        wait=None,
        raw=text,
    )


@pytest.mark.parametrize(
    ("text", "context", "message"),
    [
        pytest.param(
            CREATE,
            RUN,
            "Push of ghcr.io/acme/tools/app:1.0 failed: denied: installation not allowed to Create organization package "
            "[GHCR-PUSH-403-CREATE-PERMISSION]\n"
            "Why: The job most likely lacks the permission `packages: write`.\n"
            "Fix: Grant it to the job:\n    permissions:\n      contents: read\n      packages: write\n"
            'If it has it already: have an owner allow the visibility under "Package creation" in '
            "https://github.com/organizations/Acme/settings/packages.\n"
            "https://docs.github.com/en/actions/reference/github_token-reference",
            id="permission first, policy next",
        ),
        pytest.param(
            CREATE,
            FOREIGN,
            "Push of ghcr.io/acme/tools/app:1.0 failed: denied: installation not allowed to Create organization package "
            "[GHCR-PUSH-403-CREATE-OWNER]\n"
            "Why: The image belongs to other, but the job's token is Acme's: it can't write packages of another owner.\n"
            "Fix: Publish below Acme: images: ghcr.io/acme/NAME. Or give a classic personal access token of other as `password`.\n"
            "https://docs.github.com/en/actions/reference/github_token-reference",
            id="another owner",
        ),
        pytest.param(
            WRITE,
            FORK,
            "Push of ghcr.io/acme/tools/app:1.0 failed: denied: installation not allowed to Write organization package "
            "[GHCR-PUSH-403-WRITE-FORK]\n"
            "Why: The run belongs to a pull request from a fork, whose job token may only read, whatever `permissions` says.\n"
            "Fix: Leave `push` at its default: pull requests from forks are then built but not published. Publish after the merge.\n"
            "https://docs.github.com/en/actions/reference/github_token-reference",
            id="fork",
        ),
    ],
)
def test_to_error__what_a_person_reads(text: str, context: Circumstances, message: str) -> None:
    error = to_error(diagnose(text, where=Where.REGISTRY, context=context))

    assert (type(error), str(error)) == (AccessDenied, message)


@pytest.mark.parametrize(
    ("status", "kind", "retry", "what"),
    [
        (None, ActionError, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (401, AccessDenied, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (403, AccessDenied, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (404, NotFound, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (418, ActionError, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (507, Unavailable, Retry.PASSING, "flux capacitor empty [GHCR-UNKNOWN]"),
    ],
)
def test_unknown__sorted_by_status(
    status: int | None, kind: type[ActionError], retry: Retry, what: str
) -> None:
    found = diagnose("it began well\nflux capacitor empty\n", where=Where.API, status=status)
    error = to_error(found)

    assert (type(error), found.retry, error.what, error.why) == (
        kind,
        retry,
        what,
        "it began well\nflux capacitor empty",
    )


@pytest.mark.parametrize(
    ("text", "status", "what"),
    [
        ("", None, "no message [GHCR-UNKNOWN]"),
        ("", 418, "HTTP 418 I'm a Teapot [GHCR-UNKNOWN]"),
        ("", 599, "HTTP 599 [GHCR-UNKNOWN]"),
        ("\x1b[31mred\x1b[0m\x07 alert", None, "red alert [GHCR-UNKNOWN]"),
        ("x" * 999, None, "x" * 300 + " [GHCR-UNKNOWN]"),
    ],
    ids=["nothing", "status", "status without a name", "terminal escapes", "endless line"],
)
def test_unknown__what(text: str, status: int | None, what: str) -> None:
    assert diagnose(text, where=Where.ENGINE, status=status).what == what


def test_diagnose__names_the_line_that_speaks() -> None:
    found = diagnose("pushing\nunknown blob\ncontext canceled", where=Where.ENGINE)

    assert found.what == "unknown blob [GHCR-PUSH-UNKNOWN-BLOB]"


@pytest.mark.parametrize(
    ("error", "where", "context", "explained"),
    [
        pytest.param(
            AccessDenied(
                "Could not start an upload",
                why="POST https://ghcr.io/v2/acme/tools/app/blobs/uploads/?x=y was answered with 403: DENIED: permission_denied: "
                "write_package",
            ),
            Where.REGISTRY,
            PASSWORD,
            AccessDenied(
                "Could not start an upload [GHCR-PUSH-403-WRITE-PACKAGE-USER]",
                why="The token is valid, but its owner may not write to this existing package.\n"
                "POST https://ghcr.io/v2/acme/tools/app/blobs/uploads/?x=*** was answered with 403: DENIED: permission_denied: "
                "write_package",
                fix="On https://github.com/orgs/acme/packages/container/tools%2Fapp/settings, give the token's owner the role Write. "
                'Or log in with the job\'s own token (leave out `password`) and, under "Manage Actions access", add Acme/tools '
                "with the role Write.",
                docs="https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility",
            ),
            id="registry",
        ),
        pytest.param(
            BuildFailed(
                "The build failed: unexpected status: 499", why="", fix="Read the build log above."
            ),
            Where.ENGINE,
            None,
            Unavailable(
                "The build failed: unexpected status: 499 [GHCR-NETWORK]",
                why="A passing fault of a server or of the network.",
                fix=(
                    "Run the step again if our own retries did not help. If it persists, "
                    "see https://www.githubstatus.com."
                ),
                docs="https://www.githubstatus.com",
            ),
            id="engine",
        ),
    ],
)
def test_explain__whole_error(
    error: ActionError, where: Where, context: Circumstances | None, explained: ActionError
) -> None:
    found = explain(error, where=where, context=context)

    assert (type(found), str(found)) == (type(explained), str(explained))


def test_explain__unknown_stays_as_it_is() -> None:
    error = BuildFailed(
        "The build failed", why="a reason that nobody has seen", fix="Read the log."
    )

    assert explain(error, where=Where.ENGINE) is error


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "GHCR-401"),
        (403, "GHCR-403-PERMISSION"),
        (405, "GHCR-405-UNSUPPORTED"),
        (429, "GHCR-429-LIMIT"),
        (502, "GHCR-NETWORK"),
    ],
)
def test_diagnose__our_own_registry_client(status: int, code: str) -> None:
    said = f"PUT https://ghcr.io/v2/acme/app/manifests/1 was answered with {status}: an odd text"

    assert diagnose(said, where=Where.REGISTRY).code == code


def test_diagnose__noise_before_the_last_error_does_not_count() -> None:
    log = (
        "#8 curl: (56) connection reset by peer\n#8 ERROR: unknown "
        "blob\n------\nERROR: failed to solve: no such stage: x\n"
    )

    assert diagnose(log, where=Where.ENGINE).what == "no such stage: x [GHCR-UNKNOWN]"
    assert diagnose(log, where=Where.REGISTRY).code == "GHCR-PUSH-UNKNOWN-BLOB"


def test_diagnose__only_the_end_of_a_long_text_counts() -> None:
    text = "unknown blob\n" + "layer done\n" * 10_000 + "manifest unknown"

    found = diagnose(text, where=Where.REGISTRY)

    assert (found.code, len(found.raw)) == ("GHCR-PULL-404-MANIFEST", 4000)


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
def test_diagnose__a_full_disk_is_why_a_build_or_a_step_failed(said: str) -> None:
    found = diagnose(f"ERROR: failed to solve: {said}", where=Where.ENGINE)

    assert (found.code, found.kind, found.retry) == ("MACHINE-FULL", Unavailable, Retry.NEVER)


def test_diagnose__step_that_failed_is_not_the_network() -> None:
    text = (
        "#9 12.1 curl: (56) connection reset by peer\n"
        "------\n"
        'ERROR: failed to solve: process "/bin/sh -c make deps" did not complete successfully: exit code: 2'
    )

    found = diagnose(text, where=Where.ENGINE)

    assert (found.code, found.kind, found.retry) == ("BUILD-STEP-FAILED", BuildFailed, Retry.NEVER)
    assert found.what == (
        'process "/bin/sh -c make deps" did not complete successfully: exit code: 2 '
        "[BUILD-STEP-FAILED]"
    )


@pytest.mark.parametrize(
    "text",
    [
        (
            "#32 pushing layers 1.5s done\n#32 ERROR: unexpected status: 403 "
            "Forbidden\n------\n > exporting to image:\n------\n"
        ),
        "Error: buildx failed with: ERROR: failed to solve: unexpected status: 403 Forbidden",
    ],
    ids=["step of a build", "wrapped twice"],
)
def test_diagnose__without_the_tools_prefixes(text: str) -> None:
    assert (
        diagnose(text, where=Where.ENGINE).what
        == "unexpected status: 403 Forbidden [GHCR-403-PERMISSION]"
    )


def test_diagnose__keeps_no_secret() -> None:
    text = "GET https://mona:hunter22@ghcr.io/v2/?token=abc gave pa55word"

    found = diagnose(
        text, where=Where.REGISTRY, status=418, context=Circumstances(secrets=(Secret("pa55word"),))
    )

    assert found.raw == "GET https://***@ghcr.io/v2/?token=*** gave ***"
    assert found.what == "GET https://***@ghcr.io/v2/?token=*** gave *** [GHCR-UNKNOWN]"


def test_diagnose__reads_the_wait() -> None:
    found = diagnose(
        "toomanyrequests: retry-after: 250ms, allowed: 2000/minute",
        where=Where.REGISTRY,
        status=429,
    )

    assert (found.retry, found.wait) == (Retry.LIMITED, 0.25)


def test_diagnose__engine_row_is_not_for_the_api() -> None:
    assert diagnose("manifest unknown", where=Where.API).code == "GHCR-UNKNOWN"


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
        is_fork=True,
        is_dependabot=True,
    )
