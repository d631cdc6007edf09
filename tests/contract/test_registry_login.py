"""Logins: what is sent, to whom, how often, and what a user is told when it is not enough."""

from pathlib import Path

import pytest

from ghcr_action import parallel
from ghcr_action.adapters.registry.wire import Timeouts, Wire
from ghcr_action.errors import AccessDenied, NotFound
from ghcr_action.logins.credential import Credential
from ghcr_action.values.reference import Digest, Repository
from ghcr_action.values.secret import Secret
from tests.contract.http_registry import BLOBS, MANIFEST, blob, chunks, hold, stand
from tests.fakes.clock import FakeClock
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Reply, Scripted

WRONG = Credential(username="octocat", password=Secret("wrong-password"))
READER = Credential(username="reader", password=Secret("read-only"))


def test_login__open_registry_costs_no_extra_request() -> None:
    with stand(None) as s:
        hold(s.ghcr, MANIFEST)

        assert s.registry.manifest(s.tag) == MANIFEST

    assert s.registry.request_count == len(s.server.asked) == 1


def test_login__one_token_for_each_set_of_rights() -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST, blobs=BLOBS)

        s.registry.head(s.tag)
        s.registry.head(s.tag)
        s.registry.put(s.tag, MANIFEST)
        s.registry.head(s.tag)

    scopes = [asked.query["scope"] for asked in s.server.asked if asked.path == "/token"]
    assert scopes == [["repository:octo/app:pull"], ["repository:octo/app:pull,push"]]
    assert [asked.method for asked in s.server.asked if asked.path != "/token"] == [
        "HEAD",
        "HEAD",
        "HEAD",
        "PUT",
        "HEAD",
    ]


def test_login__questions_that_start_together_are_refused_once() -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST)

        found = parallel.each(s.registry.head, [s.tag] * 8, 8)

    assert set(found) == {MANIFEST.descriptor}
    assert sorted(asked.path == "/token" for asked in s.server.asked) == [False] * 9 + [True]


def test_login__mount_asks_for_both_repositories() -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, blobs={Digest.of(b"x"): b"x"}, name="octo/base")

        assert s.registry.mount(s.repository, blob(b"x"), Repository(s.server.host, "octo/base"))

    (asked,) = [asked for asked in s.server.asked if asked.path == "/token"]
    assert asked.query["scope"] == ["repository:octo/app:pull,push", "repository:octo/base:pull"]


def test_login__one_token_for_what_was_announced() -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST, blobs=BLOBS, name="octo/base")
        base = Repository(s.server.host, "octo/base")

        s.registry.announce(reads=(base,), writes=(s.repository,))
        s.registry.manifest(base.at(MANIFEST.descriptor.digest))
        for each in BLOBS.values():
            s.registry.mount(s.repository, blob(each), base)
        s.registry.put(s.tag, MANIFEST)

    (asked,) = [asked for asked in s.server.asked if asked.path == "/token"]
    assert asked.query["scope"] == ["repository:octo/app:pull,push", "repository:octo/base:pull"]


TOGETHER = {
    "refused": Reply(status=403),
    "too long an address": Reply(status=414),
    "nonsense": Reply(body=b"<html>"),
    "failed": Reply(status=500),
}


@pytest.mark.parametrize("reply", TOGETHER.values(), ids=TOGETHER.keys())
def test_login__rights_that_are_not_given_together_are_asked_for_one_by_one(reply: Reply) -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST)
        s.server.script("GET", "/token", reply)

        s.registry.announce(writes=(Repository(s.server.host, "other/app"),))

        assert s.registry.manifest(s.tag) == MANIFEST
        assert s.registry.manifest(s.tag) == MANIFEST

    scopes = [asked.query["scope"] for asked in s.server.asked if asked.path == "/token"]
    assert scopes == [
        ["repository:octo/app:pull", "repository:other/app:pull,push"],
        ["repository:octo/app:pull"],
    ]


@pytest.mark.parametrize("status", [401, 403])
def test_login__token_for_much_that_is_refused_is_followed_by_one_for_little(status: int) -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST)
        s.registry.announce(writes=(Repository(s.server.host, "other/app"),))
        s.registry.head(s.tag)
        s.server.script("GET", "/manifests/", Reply(status=status))

        assert s.registry.manifest(s.tag) == MANIFEST

    assert s.server.asked[-2].query["scope"] == ["repository:octo/app:pull"]


def test_login__names_of_many_repositories_fit_into_an_address() -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST)
        s.registry.announce(
            writes=(
                s.repository,
                *(Repository(s.server.host, f"many/{number:02}") for number in range(50)),
            )
        )

        assert s.registry.manifest(s.tag) == MANIFEST

    (asked,) = [asked for asked in s.server.asked if asked.path == "/token"]
    assert asked.query["scope"] == [
        *(f"repository:many/{number:02}:pull,push" for number in range(15)),
        "repository:octo/app:pull,push",
    ]


def test_login__basic_is_sent_once_asked_for() -> None:
    with stand(ghcr=Ghcr(login="basic")) as s:
        hold(s.ghcr, MANIFEST)

        s.registry.head(s.tag)
        s.registry.head(s.tag)

    assert ["Authorization" in asked.headers for asked in s.server.asked] == [False, True, True]


def test_login__anonymous_token_for_a_public_repository() -> None:
    with stand(None, ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST, name="public/app")

        assert (
            s.registry.manifest(
                Repository(s.server.host, "public/app").at(MANIFEST.descriptor.digest)
            )
            == MANIFEST
        )

    assert not any(
        "Authorization" in asked.headers for asked in s.server.asked if asked.path == "/token"
    )


def test_login__token_that_ran_out_is_not_sent_again() -> None:
    with stand(ghcr=Ghcr(expires=300)) as s:
        hold(s.ghcr, MANIFEST)

        s.registry.head(s.tag)
        s.clock.sleep(289)
        s.registry.head(s.tag)
        s.clock.sleep(2)
        s.registry.head(s.tag)

    assert s.server.paths().count("/token") == 2


def test_login__token_that_is_refused_is_renewed_once() -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST)
        s.registry.head(s.tag)
        s.ghcr.tokens.clear()

        assert s.registry.manifest(s.tag) == MANIFEST

    assert s.server.paths().count("/token") == 2


def test_login__renewed_in_the_middle_of_an_upload_sends_the_content_again() -> None:
    with stand(ghcr=Ghcr()) as s:
        s.server.script(
            "PUT",
            "/uploads/",
            Reply(
                status=401,
                headers={"WWW-Authenticate": 'Bearer realm="http://' + s.server.host + '/token"'},
            ),
        )

        s.registry.put_blob(s.repository, blob(b"content"), lambda: chunks(b"content"))

    assert [asked.body for asked in s.server.asked if asked.method == "PUT"] == [
        b"content",
        b"content",
    ]
    assert s.ghcr.repositories["octo/app"].blobs == {str(Digest.of(b"content")): b"content"}


def test_login__more_rights_than_we_would_ask_for() -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST)
        s.registry.head(s.tag)
        wanted = (
            "Bearer "
            f'realm="http://{s.server.host}/token",scope="repository:octo/app:pull '
            'repository:octo/base:pull"'
        )
        s.server.script(
            "HEAD", "/manifests/", Reply(status=401, headers={"WWW-Authenticate": wanted})
        )

        s.registry.head(s.tag)

    assert s.server.asked[-2].query["scope"] == [
        "repository:octo/app:pull",
        "repository:octo/base:pull",
    ]


def test_login__wrong_password_at_the_token_service() -> None:
    with stand(WRONG, ghcr=Ghcr()) as s, pytest.raises(AccessDenied) as caught:
        s.registry.manifest(s.tag)

    assert caught.value.what == f"Could not log in to {s.server.host}"
    assert caught.value.why == (
        f"GET http://{s.server.host}/token?service=ghcr.io&scope=repository:octo/app:pull "
        "was answered with 403: DENIED: denied"
    )
    assert (
        caught.value.fix
        == f"Check that the login of 'octocat' for {s.server.host} is valid and may do this."
    )


def test_login__wrong_password_at_a_basic_registry() -> None:
    with stand(WRONG, ghcr=Ghcr(login="basic")) as s, pytest.raises(AccessDenied) as caught:
        s.registry.manifest(s.tag)

    assert caught.value.what == f"Could not read {s.tag}"
    assert caught.value.why.endswith("was answered with 401: UNAUTHORIZED: authentication required")
    assert len(s.server.asked) == 2


@pytest.mark.parametrize("login", ["basic", "bearer"])
def test_login__none_given_for_a_private_repository(login: str) -> None:
    with stand(None, ghcr=Ghcr(login=login)) as s, pytest.raises(AccessDenied) as caught:
        s.registry.manifest(s.tag)

    assert "authentication required" in caught.value.why
    assert (
        caught.value.fix
        == f"Give a login for {s.server.host}: none was given, so it was asked without one."
    )


def test_login__that_may_only_read() -> None:
    with stand(READER, ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST)
        assert s.registry.manifest(s.tag) == MANIFEST

        with pytest.raises(AccessDenied) as caught:
            s.registry.put(s.tag, MANIFEST)

    assert caught.value.what == f"Could not write {s.tag}"
    assert s.clock.waits == []


def test_login__package_without_a_role_for_us() -> None:
    with (
        stand(ghcr=Ghcr(refused=frozenset({"octo/app"}))) as s,
        pytest.raises(AccessDenied) as caught,
    ):
        s.registry.put_blob(s.repository, blob(b"x"), lambda: chunks(b"x"))

    assert caught.value.why.endswith(
        "was answered with 403: DENIED: permission_denied: write_package"
    )
    assert s.clock.waits == []


def test_login__a_push_is_refused_before_there_is_anything_to_push() -> None:
    with (
        stand(ghcr=Ghcr(refused=frozenset({"octo/app"}))) as s,
        pytest.raises(AccessDenied) as caught,
    ):
        s.registry.check_push(s.repository)

    assert caught.value.what == f"Could not push to {s.repository}"
    assert caught.value.why.endswith(
        "/blobs/uploads/ was answered with 403: DENIED: permission_denied: write_package"
    )


@pytest.mark.parametrize("login", [READER, None], ids=["may only read", "none"])
def test_check_push__without_the_right(login: Credential | None) -> None:
    with stand(login, ghcr=Ghcr()) as s, pytest.raises(AccessDenied):
        s.registry.check_push(s.repository)


def test_login__refusal_of_head_is_explained_by_get() -> None:
    with (
        stand(ghcr=Ghcr(refused=frozenset({"octo/app"}))) as s,
        pytest.raises(AccessDenied) as caught,
    ):
        s.registry.head(s.tag)

    assert caught.value.why == (
        f"HEAD http://{s.server.host}/v2/octo/app/manifests/1 was answered with 403: "
        "DENIED: permission_denied: read_package"
    )


def test_login__refusal_of_head_that_get_does_not_share() -> None:
    with stand() as s:
        hold(s.ghcr, MANIFEST)
        s.server.script("HEAD", "/manifests/", Reply(status=403))

        with pytest.raises(AccessDenied) as caught:
            s.registry.head(s.tag)

    assert caught.value.why.endswith("was answered with 403")


def test_login__mount_that_may_not_read_the_source() -> None:
    with stand(ghcr=Ghcr()) as s:
        s.server.script("GET", "/token", Reply(status=403))

        assert not s.registry.mount(
            s.repository, blob(b"x"), Repository(s.server.host, "other/base")
        )


def test_login__unknown_scheme() -> None:
    with stand() as s:
        s.server.script(
            "GET",
            "/manifests/",
            Reply(status=401, headers={"WWW-Authenticate": "Negotiate"}, body=b"no"),
        )

        with pytest.raises(AccessDenied) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.why.endswith("was answered with 401: no")


def test_login__redirect_to_another_host_that_asks_for_one_gets_none() -> None:
    with (
        stand() as s,
        Scripted(
            lambda asked: Reply(status=401, headers={"WWW-Authenticate": "Basic"})
        ).running() as other,
    ):
        s.server.script(
            "GET",
            "/blobs/",
            Reply(status=307, headers={"Location": f"http://{other.host}/x?sig=secret-signature"}),
        )

        with (
            pytest.raises(AccessDenied) as caught,
            s.registry.read_blob(s.repository, blob(b"x")) as read,
        ):
            list(read)

    assert caught.value.why == f"GET http://{other.host}/x?sig=*** was answered with 401"
    assert len(other.asked) == 1


def test_login__password_that_a_registry_quotes_is_not_shown() -> None:
    with stand(ghcr=Ghcr()) as s:
        s.server.script("GET", "/token", Reply(status=403, body=b"right-password is not valid"))

        with pytest.raises(AccessDenied) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.why.endswith("403: *** is not valid")


def test_login__with_an_empty_password_conceals_nothing() -> None:
    with (
        stand(Credential(username="octocat", password=Secret("")), ghcr=Ghcr()) as s,
        pytest.raises(AccessDenied) as caught,
    ):
        s.registry.manifest(s.tag)

    assert caught.value.why.endswith("403: DENIED: denied")


def test_login__is_never_looked_up_in_netrc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stand(None) as s:
        (tmp_path / "netrc").write_text(
            f"machine {s.server.host.partition(':')[0]} login a password b\n"
        )
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        s.registry.head(s.tag)

    assert "Authorization" not in s.server.asked[0].headers


@pytest.mark.parametrize("name", ["docker.io", "index.docker.io"])
def test_wire__api_of_docker_hub_has_a_host_of_its_own(name: str) -> None:
    wire = Wire(
        FakeClock(), user_agent="tests", timeouts=Timeouts(), plain_http=frozenset(), ca_bundle=""
    )

    assert wire.base(name) == "https://registry-1.docker.io"


def test_login__unknown_repository_is_not_a_refusal() -> None:
    with stand(ghcr=Ghcr()) as s:
        assert s.registry.manifest(s.tag) is None
        with pytest.raises(NotFound), s.registry.read_blob(s.repository, blob(b"x")) as read:
            list(read)


def test_check_login__open_registry() -> None:
    with stand(None) as s:
        s.registry.check_login(s.server.host)


def test_check_login__right_password() -> None:
    with stand(ghcr=Ghcr()) as s:
        s.registry.check_login(s.server.host)

    assert [asked.path for asked in s.server.asked] == ["/v2/", "/token", "/v2/"]


def test_check_login__wrong_password() -> None:
    with stand(WRONG, ghcr=Ghcr()) as s, pytest.raises(AccessDenied, match="log in to"):
        s.registry.check_login(s.server.host)
