"""Versions of packages: the adapter against a server that speaks GitHub's protocol, the fake beside
it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from ghcr_action.adapters import github_versions
from ghcr_action.adapters.github import PyGitHub
from ghcr_action.errors import AccessDenied, ActionError, LimitReached, PolicyRefused, Unavailable
from ghcr_action.ports import GitHub
from ghcr_action.values.event import PullRequest
from ghcr_action.values.github import PackageVersion, RateBudget
from ghcr_action.values.oci import Manifest
from ghcr_action.values.reference import Digest, Repository
from ghcr_action.values.secret import Secret
from tests.fakes import github_api
from tests.fakes.clock import FakeClock
from tests.fakes.github import FakeGitHub
from tests.fakes.github_account import Answer, error
from tests.fakes.github_api import GitHubApi, Raw
from tests.fakes.images import manifest
from tests.fakes.packages import FakePackages

APP = Repository("ghcr.io", "acme/tools/app")
NONE = Repository("ghcr.io", "acme/none")
FIRST, SECOND, THIRD = (manifest(name) for name in ("first", "second", "third"))
POPULAR = manifest("popular")
LIST = "GET /orgs/acme/packages/container/tools%2Fapp/versions"


@pytest.fixture
def api() -> Iterator[GitHubApi]:
    with github_api.serve() as server:
        server.account.add_repository("acme/tools")
        yield server


def connect(api: GitHubApi, token: str = github_api.WRITER) -> PyGitHub:
    return PyGitHub(
        api.url, Secret(token), "acme/tools", owner_type="Organization", clock=FakeClock()
    )


def refusal(port: GitHub, version: PackageVersion) -> ActionError:
    with pytest.raises(ActionError) as raised:
        port.delete_version(APP, version)
    return raised.value


@dataclass(frozen=True, kw_only=True)
class Side:
    github: GitHub

    def version(self, document: Manifest) -> PackageVersion:
        found = self.github.versions(APP)
        assert found is not None
        return next(version for version in found if version.digest == document.descriptor.digest)


@pytest.fixture(params=["real", "fake"])
def side(request: pytest.FixtureRequest, api: GitHubApi) -> Side:
    """Two tagged versions and an untagged one; nobody may delete the popular one."""
    pushed = ((FIRST, ()), (SECOND, ("v1", "latest")), (POPULAR, ("v0",)))
    if request.param == "fake":
        store = FakePackages(popular={POPULAR.descriptor.digest})
        for document, tags in pushed:
            store.push(APP, document, *tags)
        files: dict[int, tuple[str, ...]] = {7: ("app/a", "lib/b", "old/b")}
        return Side(github=FakeGitHub(store=store, pulls=[pull(7), pull(12)], files=files))
    api.account.add_package("acme", "tools/app", visibility="public", repository="acme/tools")
    for document, tags in pushed:
        downloads = 6000 if document is POPULAR else 0
        api.account.add_version(
            "acme", "tools/app", str(document.descriptor.digest), tags, downloads
        )
    api.account.add_pull("acme/tools", 7, "a" * 40)
    api.account.add_pull("acme/tools", 12, "b" * 40)
    api.account.add_files("acme/tools", 7, "app/a", "lib/b", moved="old/b")
    return Side(github=connect(api))


def pull(number: int) -> PullRequest:
    return PullRequest(
        number=number,
        head_sha="a" * 40,
        head_ref="topic",
        head_repository="acme/tools",
        base_ref="main",
    )


def test_versions__newest_first_with_digest_and_tags(side: Side) -> None:
    found = side.github.versions(APP)

    assert found is not None
    assert [(version.digest, version.tags) for version in found] == [
        (POPULAR.descriptor.digest, ("v0",)),
        (SECOND.descriptor.digest, ("v1", "latest")),
        (FIRST.descriptor.digest, ()),
    ]
    assert side.github.versions(NONE) is None


def test_delete__takes_the_version_and_says_if_it_was_gone(side: Side) -> None:
    first = side.version(FIRST)

    assert side.github.version(APP, first.id) == first
    assert side.github.delete_version(APP, first) is True
    assert side.github.version(APP, first.id) is None
    assert side.github.delete_version(APP, first) is False

    found = side.github.versions(APP)
    assert found is not None
    assert first not in found


def test_delete__what_github_keeps_is_a_refusal(side: Side) -> None:
    popular = refusal(side.github, side.version(POPULAR))
    side.github.delete_version(APP, side.version(SECOND))
    last = refusal(side.github, side.version(POPULAR))

    assert (type(popular), type(last)) == (PolicyRefused, PolicyRefused)
    assert "more than 5000 downloads cannot be deleted" in popular.why
    assert "You cannot delete the last tagged version of a package." in last.why


def test_open_pulls__by_number(side: Side) -> None:
    assert side.github.open_pulls() == {7, 12}


def test_changed_files__of_a_pull_request(side: Side) -> None:
    assert side.github.changed_files(7) == ("app/a", "lib/b", "old/b")
    assert side.github.changed_files(99) is None


def test_changed_files__more_than_github_lists(api: GitHubApi) -> None:
    api.account.add_files("acme/tools", 7, *(f"f{number}" for number in range(3000)))
    api.account.add_files("acme/tools", 8, *(f"f{number}" for number in range(2999)))

    assert connect(api).changed_files(7) is None
    assert len(connect(api).changed_files(8) or ()) == 2999


def test_versions__every_page_and_each_version_once(api: GitHubApi) -> None:
    api.account.add_package("acme", "tools/app")
    for number in range(250):
        api.account.add_version("acme", "tools/app", str(Digest.of(str(number).encode())))

    found = connect(api).versions(APP)

    assert found is not None
    assert len({version.id for version in found}) == 250
    assert api.requests == [f"{LIST}?page={page}&per_page=100" for page in (1, 2, 3)]


def test_versions__dates_have_their_zone(api: GitHubApi) -> None:
    api.account.add_package("acme", "tools/app")
    api.account.add_version("acme", "tools/app", str(FIRST.descriptor.digest))
    api.account.packages["acme", "tools/app"].versions[0] |= {
        "created_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-02T10:00:00Z",
    }

    found = connect(api).versions(APP)

    assert found is not None
    assert (found[0].created, found[0].time) == (
        datetime(2026, 3, 1, 10, tzinfo=UTC),
        datetime(2026, 3, 2, 10, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "entry",
    [b'{"id": 1, "name": "1.0"}', b'{"id": 1, "name": "sha256:%s"}' % (b"a" * 64), b'{"id": 1}'],
    ids=["no digest", "no dates", "no name"],
)
def test_versions__an_entry_that_is_none_spoils_the_list(api: GitHubApi, entry: bytes) -> None:
    api.fail(Raw(content=b"[" + entry + b"]"))

    with pytest.raises(Unavailable, match="Could not list the versions of") as raised:
        connect(api).versions(APP)

    assert "an entry is no version of a container package" in raised.value.why


def test_versions__a_list_without_end_is_no_list(
    api: GitHubApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(github_versions, "MOST_PAGES", 2)
    api.account.add_package("acme", "tools/app")
    for number in range(250):
        api.account.add_version("acme", "tools/app", str(Digest.of(str(number).encode())))

    with pytest.raises(Unavailable, match="Could not list the versions"):
        connect(api).versions(APP)


def test_versions__dates_without_a_zone_are_utc(api: GitHubApi) -> None:
    entry = (
        f'{{"id": 3, "name": "{FIRST.descriptor.digest}", "created_at": '
        f'"2026-03-01T10:00:00", "updated_at": "2026-03-01T10:00:00"}}'
    )
    api.fail(Raw(content=f"[{entry}]".encode()))

    date = datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert connect(api).versions(APP) == (
        PackageVersion(id=3, digest=FIRST.descriptor.digest, created=date, updated=date),
    )


def test_versions__of_an_owner_who_does_not_exist(api: GitHubApi) -> None:
    assert connect(api).versions(Repository("ghcr.io", "nobody/app")) is None


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        pytest.param(github_api.forbidden(), AccessDenied, AccessDenied.code, id="403"),
        pytest.param(error(401, "Bad credentials"), AccessDenied, AccessDenied.code, id="401"),
        pytest.param(
            error(404, "Package not found."),
            AccessDenied,
            AccessDenied.code,
            id="404 for a token that may only read",
        ),
        pytest.param(github_api.primary_limit(), Unavailable, LimitReached.code, id="hourly limit"),
        pytest.param(
            github_api.secondary_limit(), Unavailable, LimitReached.code, id="secondary limit"
        ),
        pytest.param(github_api.unavailable(), Unavailable, Unavailable.code, id="503"),
        pytest.param(error(400, "Something else."), ActionError, ActionError.code, id="400"),
    ],
)
def test_delete__refusals_keep_their_kind(
    api: GitHubApi, failure: Answer | Raw, kind: type[ActionError], code: str
) -> None:
    api.account.add_package("acme", "tools/app")
    number = api.account.add_version("acme", "tools/app", str(FIRST.descriptor.digest))
    github = connect(api)
    found = github.versions(APP)
    assert found is not None
    api.fail(failure, verb="DELETE", times=9)

    refused = refusal(github, found[0])

    assert (isinstance(refused, kind), refused.code) == (True, code)
    assert refused.what == f"Could not delete version {number} of ghcr.io/acme/tools/app"
    assert len(api.account.packages["acme", "tools/app"].versions) == 1


def test_delete__a_token_that_may_only_read(api: GitHubApi) -> None:
    api.account.add_package("acme", "tools/app")
    api.account.add_version("acme", "tools/app", str(FIRST.descriptor.digest), ["v1"])
    reader = connect(api, github_api.READER)
    found = reader.versions(APP)
    assert found is not None

    refused = refusal(reader, found[0])

    assert type(refused) is AccessDenied


def test_budget__is_what_the_last_answer_said(api: GitHubApi) -> None:
    github = connect(api)
    assert github.budget() is None

    github.open_pulls()
    github.open_pulls()

    assert github.budget() == RateBudget(
        remaining=github_api.HOURLY - 2, reset=datetime.fromtimestamp(4_102_444_800, UTC)
    )


def test_version_page__is_a_page_of_the_list(side: Side) -> None:
    assert side.github.version_page(APP, 1) == side.github.versions(APP)
    assert side.github.version_page(APP, 2) == ()


def test_restore__brings_a_version_back_with_its_tags(side: Side) -> None:
    second = side.version(SECOND)
    side.github.delete_version(APP, second)

    (deleted,) = side.github.deleted_versions(APP)
    assert (deleted.id, deleted.digest) == (second.id, second.digest)
    assert side.github.restore_version(APP, second) is True
    assert side.version(SECOND).tags == ("v1", "latest")
    assert side.github.deleted_versions(APP) == ()
    assert side.github.restore_version(APP, second) is False


def test_package_names__where_the_token_may_list(side: Side, api: GitHubApi) -> None:
    assert side.github.package_names("acme") == ("tools/app",)
    refused: GitHub = FakeGitHub(may_list=False)
    if not isinstance(side.github, FakeGitHub):
        refused = connect(api, github_api.READER)

    with pytest.raises(AccessDenied):
        refused.package_names("acme")


def test_gone_branches__were_heads_of_closed_pull_requests(api: GitHubApi) -> None:
    api.account.add_pull("acme/tools", 1, "a" * 40, head_ref="gone", state="closed")
    api.account.add_pull("acme/tools", 2, "b" * 40, head_ref="there", state="closed")
    api.account.add_pull("acme/tools", 3, "c" * 40, head_ref="open")
    stranger = "stranger/tools"
    api.account.add_pull(
        "acme/tools", 4, "d" * 40, head_ref="fork", head_repository=stranger, state="closed"
    )
    api.account.branches["acme/tools"] = ["main", "there"]

    assert connect(api).gone_branches() == {"gone"}


def test_deleted_versions__of_a_server_that_does_not_tell_are_none(api: GitHubApi) -> None:
    api.account.add_package("acme", "tools/app")
    api.fail(
        error(400, "Invalid state."), path="/orgs/acme/packages/container/tools%2Fapp/versions"
    )

    assert connect(api).deleted_versions(APP) == ()


@pytest.mark.parametrize(("seconds", "expected"), [(120, 120.0), (0, 0.0)])
def test_delete__a_limit_says_how_long_to_wait(
    api: GitHubApi, seconds: int, expected: float
) -> None:
    api.account.add_package("acme", "tools/app")
    api.account.add_version("acme", "tools/app", str(FIRST.descriptor.digest))
    github = connect(api)
    (version,) = github.versions(APP) or ()
    api.fail(github_api.secondary_limit(seconds), verb="DELETE")

    refused = refusal(github, version)

    assert isinstance(refused, LimitReached)
    assert refused.answer is not None
    assert refused.answer.retry_after == expected
