"""Causes that only the wire shows: proxies, old formats, tags that stand for digests, registries
without HEAD."""

import os
from unittest import mock

import pytest

from ghcr_action.adapters.event_file import payload
from ghcr_action.adapters.github import PyGitHub
from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.diagnosis import tell
from ghcr_action.errors import ActionError, ContentInvalid
from ghcr_action.values import oci
from ghcr_action.values.oci import Index
from ghcr_action.values.patience import Patience
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Repository, Tag
from ghcr_action.values.secret import Secret
from tests.contract.http_registry import MANIFEST, hold, stand
from tests.fakes.clock import FakeClock
from tests.fakes.engine import image
from tests.fakes.events import push_event
from tests.fakes.http import Reply

TOKEN = Secret("t0ken")
NOBODY = "127.0.0.1:9"


def told(error: ActionError) -> ActionError:
    return tell.tell(error, push_event(), credentials={}, token=TOKEN)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_registry__a_proxy_that_does_not_answer_is_named_with_its_variable(variable: str) -> None:
    proxies = {variable: f"http://mona:hunter2@{NOBODY}", "no_proxy": "", "NO_PROXY": ""}
    with mock.patch.dict(os.environ, proxies):
        registry = HttpRegistry(
            {},
            clock=FakeClock(),
            user_agent="tests",
            retry=Patience(retries=0),
            plain_http=frozenset({"ghcr.io"}),
        )
        with pytest.raises(ActionError) as raised:
            registry.tags(Repository("ghcr.io", "octo/app"))
        registry.close()

    error = told(raised.value)
    assert error.code == "NETWORK-PROXY"
    assert f"The proxy did not connect to ghcr.io: {variable.upper()}=http://{NOBODY}." in error.why
    assert "NO_PROXY: ghcr.io" in error.fix
    assert "hunter2" not in str(error)


def test_api__a_proxy_that_does_not_answer_is_named_with_its_variable() -> None:
    proxies = {"HTTPS_PROXY": f"http://{NOBODY}", "no_proxy": "", "NO_PROXY": ""}
    with mock.patch.dict(os.environ, proxies):
        github = PyGitHub("https://api.github.com", TOKEN, "octo/app", clock=FakeClock())
        with pytest.raises(ActionError) as raised:
            github.open_pulls()

    error = told(raised.value)
    assert error.code == "NETWORK-PROXY"
    assert f"HTTPS_PROXY=http://{NOBODY}" in error.why
    assert "Error" not in error.why


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"http://{NOBODY}", "NETWORK-REFUSED"),
        ("http://no-such-host.invalid", "NETWORK-NAME"),
    ],
)
def test_api__that_cannot_be_reached_says_which_host(url: str, code: str) -> None:
    github = PyGitHub(url, TOKEN, "octo/app", clock=FakeClock())

    with pytest.raises(ActionError) as raised:
        github.open_pulls()

    error = told(raised.value)
    assert error.code == code
    assert url.removeprefix("http://") in error.why
    assert "Exception" not in str(error)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize("behind", ["", "; charset=utf-8", ";charset=UTF-8"])
@pytest.mark.parametrize("media_type", sorted(oci.SCHEMA_1))
def test_image__of_dockers_old_format_is_called_that(
    method: str, behind: str, media_type: str
) -> None:
    headers = {
        "Content-Type": f"{media_type}{behind}",
        "Docker-Content-Digest": str(Digest.of(b"payload")),
    }
    with stand() as s:
        old = Reply(headers=headers, body=b'{"schemaVersion": 1}')
        s.server.script(method, "/manifests/", old)

        with pytest.raises(ContentInvalid) as raised:
            s.registry.head(s.tag) if method == "HEAD" else s.registry.manifest(s.tag)

    assert (raised.value.code, raised.value.exit_code) == ("IMAGE-SCHEMA-1", 8)
    assert "Docker's old format" in raised.value.what


def test_referrers__the_image_itself_behind_the_fallback_tag_is_none() -> None:
    root, _ = image([Platform("linux", "amd64"), Platform("linux", "arm64")])
    assert isinstance(root, Index)
    digest = root.descriptor.digest
    with stand() as s:
        hold(s.ghcr, root, tag=oci.fallback_tag(digest).name)

        assert s.registry.referrers(s.repository, digest) == ()


def test_registry__that_knows_no_head_is_asked_by_get() -> None:
    content = Digest.of(b"content")
    no_head = [Reply(status=405)] * 9
    with stand() as s:
        hold(s.ghcr, MANIFEST, blobs={content: b"content"})
        s.server.script("HEAD", "", *no_head)

        found = s.registry.head(s.tag)
        assert found is not None
        assert found.digest == MANIFEST.descriptor.digest
        assert s.registry.head(s.repository.tag(Tag("nothing"))) is None
        assert s.registry.has_blob(s.repository, content)
        assert not s.registry.has_blob(s.repository, Digest.of(b"other"))


def test_registry__what_is_answered_otherwise_by_get_explains_no_refusal() -> None:
    lost = b'{"errors": [{"code": "BLOB_UNKNOWN", "message": "blob unknown to registry"}]}'
    with stand() as s:
        s.server.script("HEAD", "/blobs/", Reply(status=401))
        s.server.script("GET", "/blobs/", Reply(status=404, body=lost))

        with pytest.raises(ActionError) as raised:
            s.registry.has_blob(s.repository, Digest.of(b"content"))

    assert told(raised.value).code == "REGISTRY-401"
    assert raised.value.answer is not None
    assert raised.value.answer.words == ""


@pytest.mark.parametrize("content", ["{", "[]", "\udcff", "[" * 100_000])
def test_event__a_broken_file_is_named(content: str, tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(tmp_path, "event.json")  # noqa: PTH118
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
        file.write(content)

    with pytest.raises(ActionError) as raised:
        payload({"GITHUB_EVENT_PATH": path})

    assert raised.value.code == "EVENT-FILE"
    assert path in raised.value.what
