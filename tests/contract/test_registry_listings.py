"""Lists of tags and referrers: pages, lists without end, and registries without the API."""

import pytest

from ghcr_action.errors import ContentInvalid
from ghcr_action.values.reference import Digest
from tests.contract.http_registry import MANIFEST, hold, stand
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Reply


def test_tags__pages_are_followed() -> None:
    with stand(ghcr=Ghcr(login="open", page=2)) as s:
        for name in ("1", "1.2", "1.2.3", "latest", "main"):
            hold(s.ghcr, MANIFEST, tag=name)

        assert list(map(str, s.registry.tags(s.repository) or ())) == [
            "1",
            "1.2",
            "1.2.3",
            "latest",
            "main",
        ]

    assert len(s.server.asked) == 3


def test_tags__null_is_none() -> None:
    with stand() as s:
        s.server.script("GET", "/tags/", Reply(body=b'{"name": "x", "tags": null}'))

        assert s.registry.tags(s.repository) == ()


ENDLESS = {
    "the same page again": (
        [Reply(headers={"Link": '<?n=1&last=a>; rel="next"'}, body=b'{"tags":["a"]}')] * 9,
        "2 pages were read",
    ),
    "ever new pages": (
        (
            Reply(headers={"Link": f'<?last={n}>; rel="next"'}, body=b'{"tags":["t%d"]}' % n)
            for n in range(10_000)
        ),
        "1000 pages were read",
    ),
}


@pytest.mark.parametrize(("replies", "why"), ENDLESS.values(), ids=ENDLESS.keys())
def test_tags__without_end(replies: list[Reply], why: str) -> None:
    with stand() as s:
        s.server.script("GET", "/tags/", replies)

        with pytest.raises(ContentInvalid) as caught:
            s.registry.tags(s.repository)

    assert caught.value.why == f"the list has no end: {why}"


TAG_LISTS = {
    "not JSON": (Reply(body=b"<html>"), "the answer is not a list of tags"),
    "a list": (Reply(body=b"[]"), "the answer is not a list of tags"),
    "no tag": (
        Reply(body=b'{"tags": ["-x"]}'),
        "the answer is not a list of tags: tag '-x' starts with '-'",
    ),
    "numbers": (Reply(body=b'{"tags": [1]}'), "the answer is not a list of tags"),
    "another host": (
        Reply(headers={"Link": '<http://example.com/>; rel="next"'}, body=b"{}"),
        "the next page is said to be at another host",
    ),
}


@pytest.mark.parametrize(("reply", "why"), TAG_LISTS.values(), ids=TAG_LISTS.keys())
def test_tags__answer_that_is_none(reply: Reply, why: str) -> None:
    with stand() as s:
        s.server.script("GET", "/tags/", reply)

        with pytest.raises(ContentInvalid) as caught:
            s.registry.tags(s.repository)

    assert caught.value.what == f"Could not list the tags of {s.repository}"
    assert caught.value.why.startswith(why)


OCI_INDEX = {"Content-Type": "application/vnd.oci.image.index.v1+json"}
NO_API = {
    "404": Reply(status=404),
    "303 to a page": Reply(status=303, headers={"Location": "http://example.com/packages"}),
    "403": Reply(status=403),
    "a page": Reply(headers={"Content-Type": "text/html"}, body=b"<html>"),
}


@pytest.mark.parametrize("reply", NO_API.values(), ids=NO_API.keys())
def test_referrers__anything_but_an_index_means_no_api(reply: Reply) -> None:
    with stand() as s:
        s.server.script("GET", "/referrers/", reply)
        subject = MANIFEST.descriptor.digest

        assert (
            s.registry.referrers(s.repository, subject)
            == s.registry.referrers(s.repository, subject)
            == ()
        )

    fallback = f"/v2/octo/app/manifests/sha256-{subject.encoded}"
    assert s.server.paths() == [f"/v2/octo/app/referrers/{subject}", fallback, fallback]


def test_referrers__by_the_api_all_pages() -> None:
    entry = b'{"mediaType":"x/y","digest":"sha256:%064d","size":1}'
    page = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}'
    with stand() as s:
        s.server.script(
            "GET",
            "/referrers/",
            Reply(headers={**OCI_INDEX, "Link": '<?page=2>; rel="next"'}, body=page % (entry % 1)),
            Reply(headers=OCI_INDEX, body=page % (entry % 2)),
        )

        found = s.registry.referrers(s.repository, MANIFEST.descriptor.digest)

    assert [descriptor.digest for descriptor in found] == [
        Digest("sha256", f"{n:064d}") for n in (1, 2)
    ]


def test_referrers__index_that_is_none() -> None:
    with stand() as s:
        s.server.script("GET", "/referrers/", Reply(headers=OCI_INDEX, body=b"{}"))

        with pytest.raises(ContentInvalid) as caught:
            s.registry.referrers(s.repository, MANIFEST.descriptor.digest)

    assert caught.value.why.startswith("the answer is not an index")


def test_referrers__fallback_tag_that_is_no_index() -> None:
    with stand() as s:
        hold(s.ghcr, MANIFEST, tag=f"sha256-{MANIFEST.descriptor.digest.encoded}")

        assert s.registry.referrers(s.repository, MANIFEST.descriptor.digest) == ()
