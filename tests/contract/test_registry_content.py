"""Registries that answer with something else than what was asked for."""

import pytest

from ghcr_action.adapters.content import CHUNK
from ghcr_action.errors import ContentInvalid, NotFound, Unavailable
from ghcr_action.values.oci import MAX_MANIFEST, Descriptor, MediaType
from ghcr_action.values.reference import Digest
from tests.contract.http_registry import MANIFEST, blob, chunks, hold, nonsense_of, stand
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Reply, Scripted

OCI, DIGEST = MediaType.OCI_MANIFEST, str(MANIFEST.descriptor.digest)
OTHER = str(Digest.of(b"other"))
LAYER = b"a layer of some length"


def typed(body: bytes, **headers: str) -> Reply:
    return Reply(
        headers={
            "Content-Type": OCI,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        body=body,
    )


MANIFESTS = {
    "another manifest": (
        typed(MANIFEST.raw + b"\n"),
        "the bytes that came have the digest sha256:",
    ),
    "another digest in the header": (
        typed(MANIFEST.raw, Docker_Content_Digest=OTHER),
        f"the registry says its digest is {OTHER}",
    ),
    "no digest in the header": (
        typed(MANIFEST.raw, Docker_Content_Digest="x"),
        "Docker-Content-Digest: 'x' is not a digest",
    ),
    "wrong content type": (
        Reply(headers={"Content-Type": "text/html"}, body=MANIFEST.raw),
        "the document says application/vnd.oci.image.manifest.v1+json, the registry says text/html",
    ),
    "index said, manifest sent": (
        Reply(headers={"Content-Type": MediaType.OCI_INDEX}, body=MANIFEST.raw),
        "the registry says",
    ),
}


@pytest.mark.parametrize(("reply", "why"), MANIFESTS.values(), ids=MANIFESTS.keys())
def test_manifest__that_is_not_what_was_asked_for(reply: Reply, why: str) -> None:
    with stand() as s:
        s.server.script("GET", "/manifests/", reply)

        with pytest.raises(ContentInvalid) as caught:
            s.registry.manifest(s.repository.at(MANIFEST.descriptor.digest))

    assert (
        caught.value.what
        == f"{s.repository.at(MANIFEST.descriptor.digest)} is not what it claims to be"
    )
    assert why in caught.value.why
    assert s.clock.waits == []


NONSENSE = {
    "not JSON": (b"<html>", "not JSON"),
    "a list": (b"[]", "not a JSON object"),
    "deep": (nonsense_of(100_000), "it is not a manifest"),
    "4 MiB of nonsense": (nonsense_of(MAX_MANIFEST), "it is not a manifest"),
    "empty": (b"", "not JSON"),
}


@pytest.mark.parametrize(("body", "why"), NONSENSE.values(), ids=NONSENSE.keys())
def test_manifest__nonsense_under_a_tag(body: bytes, why: str) -> None:
    with stand() as s:
        s.server.script("GET", "/manifests/", typed(body))

        with pytest.raises(ContentInvalid) as caught:
            s.registry.manifest(s.tag)

    assert why in caught.value.why


@pytest.mark.parametrize(
    "length", [True, False], ids=["with a length", "until the connection ends"]
)
def test_manifest__above_the_limit(length: bool) -> None:
    with stand() as s:
        s.server.script(
            "GET",
            "/manifests/",
            Reply(headers={"Content-Type": OCI}, body=bytes(MAX_MANIFEST + 1), length=length),
        )

        with pytest.raises(ContentInvalid) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.why == (
        f"http://{s.server.host}/v2/octo/app/manifests/1 answered with more than "
        f"{MAX_MANIFEST} bytes"
    )


def test_manifest__truncated_once_is_read_again() -> None:
    with stand() as s:
        hold(s.ghcr, MANIFEST)
        s.server.script(
            "GET", "/manifests/", Reply(headers={"Content-Type": OCI}, body=MANIFEST.raw, cut=10)
        )

        assert s.registry.manifest(s.tag) == MANIFEST

    assert s.clock.waits == [0.75]


def test_manifest__truncated_every_time() -> None:
    with stand(retries=1) as s:
        s.server.script(
            "GET",
            "/manifests/",
            *[Reply(headers={"Content-Type": OCI}, body=MANIFEST.raw, cut=10)] * 2,
        )

        with pytest.raises(ContentInvalid) as caught:
            s.registry.manifest(s.tag)

    assert (
        caught.value.why
        == f"the answer of http://{s.server.host}/v2/octo/app/manifests/1 broke off after 10 bytes"
    )


HEADS = {
    "another digest": (
        {"Docker-Content-Digest": OTHER, "Content-Type": OCI},
        f"the registry says its digest is {OTHER}",
    ),
    "no manifest's type": (
        {
            "Docker-Content-Digest": DIGEST,
            "Content-Type": "application/vnd.acme.thing+json",
        },
        "which is not the media type of a manifest or an index",
    ),
    "no digest": (
        {"Docker-Content-Digest": "sha256:1", "Content-Type": OCI},
        "Docker-Content-Digest: 'sha256:1' is not a digest",
    ),
}


@pytest.mark.parametrize(("headers", "why"), HEADS.values(), ids=HEADS.keys())
def test_head__that_says_something_else(headers: dict[str, str], why: str) -> None:
    with stand() as s:
        s.server.script("HEAD", "/manifests/", Reply(headers=headers, body=MANIFEST.raw))

        with pytest.raises(ContentInvalid) as caught:
            s.registry.head(s.repository.at(MANIFEST.descriptor.digest))

    assert why in caught.value.why


INCOMPLETE = {
    "no digest": Reply(headers={"Content-Type": OCI}, body=MANIFEST.raw),
    "no type": Reply(headers={"Docker-Content-Digest": DIGEST}, body=MANIFEST.raw),
    "no length": Reply(
        headers={"Docker-Content-Digest": DIGEST, "Content-Type": OCI}, length=False
    ),
    "another algorithm": typed(MANIFEST.raw, Docker_Content_Digest="sha512:" + "0" * 128),
}


@pytest.mark.parametrize("reply", INCOMPLETE.values(), ids=INCOMPLETE.keys())
def test_head__that_does_not_say_all_reads_the_manifest(reply: Reply) -> None:
    with stand() as s:
        hold(s.ghcr, MANIFEST)
        s.server.script("HEAD", "/manifests/", reply)

        assert s.registry.head(s.repository.at(MANIFEST.descriptor.digest)) == MANIFEST.descriptor


def test_head__without_headers_of_what_is_gone() -> None:
    with stand() as s:
        s.server.script("HEAD", "/manifests/", Reply())

        assert s.registry.head(s.tag) is None


def test_put__registry_that_keeps_another_digest() -> None:
    with stand() as s:
        s.server.script(
            "PUT", "/manifests/", Reply(status=201, headers={"Docker-Content-Digest": OTHER})
        )

        with pytest.raises(ContentInvalid) as caught:
            s.registry.put(s.tag, MANIFEST)

    assert (
        caught.value.why
        == f"the registry says its digest is {OTHER}, and the bytes have the digest {DIGEST}"
    )


def test_put__asks_for_the_exact_bytes_and_type() -> None:
    with stand() as s:
        s.server.script("PUT", "/manifests/", Reply(status=201))

        assert s.registry.put(s.tag, MANIFEST) == MANIFEST.descriptor

    (asked,) = s.server.asked
    assert (asked.body, asked.headers["Content-Type"]) == (MANIFEST.raw, OCI)


BLOB_ANSWERS = {
    "another blob": (Reply(body=LAYER[::-1]), "its digest is sha256:"),
    "longer": (Reply(body=LAYER + b"."), f"it has more than the {len(LAYER)} bytes it should have"),
    "shorter": (
        Reply(body=LAYER[:-1]),
        f"it ended after {len(LAYER) - 1} bytes, and should have {len(LAYER)}",
    ),
    "cut without a length": (
        Reply(body=LAYER[:-1], length=False),
        f"it ended after {len(LAYER) - 1} bytes",
    ),
}


@pytest.mark.parametrize(("reply", "why"), BLOB_ANSWERS.values(), ids=BLOB_ANSWERS.keys())
def test_read_blob__that_is_not_what_was_asked_for(reply: Reply, why: str) -> None:
    with stand() as s:
        s.server.script("GET", "/blobs/", reply)

        with (
            pytest.raises(ContentInvalid) as caught,
            s.registry.read_blob(s.repository, blob(LAYER)) as read,
        ):
            list(read)

    assert (
        caught.value.what
        == f"Blob {Digest.of(LAYER)} of {s.repository} is not what it claims to be"
    )
    assert why in caught.value.why


def test_read_blob__content_encoding_is_not_undone() -> None:
    with stand() as s:
        s.server.script("GET", "/blobs/", Reply(headers={"Content-Encoding": "gzip"}, body=LAYER))

        with s.registry.read_blob(s.repository, blob(LAYER)) as read:
            assert b"".join(read) == LAYER


def test_read_blob__broken_off_is_taken_up_where_it_ended() -> None:
    with stand() as s:
        hold(s.ghcr, blobs={Digest.of(LAYER): LAYER})
        s.server.script("GET", "/blobs/", Reply(body=LAYER, cut=5))

        with s.registry.read_blob(s.repository, blob(LAYER)) as read:
            assert b"".join(read) == LAYER

    assert [asked.headers.get("Range") for asked in s.server.asked] == [None, "bytes=5-"]


def test_read_blob__registry_without_ranges_starts_over() -> None:
    with stand() as s:
        s.server.script("GET", "/blobs/", Reply(body=LAYER, cut=5), Reply(body=LAYER))

        with s.registry.read_blob(s.repository, blob(LAYER)) as read:
            assert b"".join(read) == LAYER


def test_read_blob__starting_over_passes_by_whole_chunks() -> None:
    content = bytes(range(256)) * (3 * 4096)
    with stand() as s:
        s.server.script(
            "GET", "/blobs/", Reply(body=content, cut=5 * CHUNK // 2), Reply(body=content)
        )

        with s.registry.read_blob(s.repository, blob(content)) as read:
            assert b"".join(read) == content


def test_read_blob__another_range_than_asked_for() -> None:
    with stand() as s:
        s.server.script(
            "GET",
            "/blobs/",
            Reply(body=LAYER, cut=5),
            Reply(status=206, headers={"Content-Range": "bytes 0-1/9"}),
        )

        with (
            pytest.raises(ContentInvalid, match="another range"),
            s.registry.read_blob(s.repository, blob(LAYER)) as read,
        ):
            list(read)


def test_read_blob__gone_while_it_is_read() -> None:
    with stand() as s:
        s.server.script("GET", "/blobs/", Reply(body=LAYER, cut=5))

        with (
            pytest.raises(NotFound, match="Could not read blob"),
            s.registry.read_blob(s.repository, blob(LAYER)) as read,
        ):
            list(read)


def test_read_blob__no_progress_ends_patience() -> None:
    with stand(retries=2) as s:
        s.server.script("GET", "/blobs/", *[Reply(body=LAYER, cut=0)] * 3)

        with (
            pytest.raises(Unavailable, match="Could not read blob"),
            s.registry.read_blob(s.repository, blob(LAYER)) as read,
        ):
            list(read)

    assert s.clock.waits == [0.75, 1.5]


def test_put_blob__registry_that_keeps_another_digest() -> None:
    with stand() as s:
        s.server.script(
            "PUT", "/uploads/", Reply(status=201, headers={"Docker-Content-Digest": OTHER})
        )

        with pytest.raises(ContentInvalid) as caught:
            s.registry.put_blob(s.repository, blob(LAYER), lambda: chunks(LAYER))

    assert caught.value.why == f"the registry says its digest is {OTHER}"


@pytest.mark.parametrize(
    "location", [None, "http://[broken", "ftp:"], ids=["none", "broken", "no host"]
)
def test_put_blob__no_address_to_upload_to(location: str | None) -> None:
    with stand() as s:
        s.server.script(
            "POST",
            "/uploads/",
            Reply(status=202, headers={"Location": location} if location else {}),
        )

        with pytest.raises(Unavailable) as caught:
            s.registry.put_blob(s.repository, blob(LAYER), lambda: chunks(LAYER))

    assert caught.value.why == "the registry gave no address to upload to"


def test_put_blob__location_keeps_its_query() -> None:
    with stand() as s:
        s.server.script(
            "POST", "/uploads/", Reply(status=202, headers={"Location": "/elsewhere?a=b%2Fc&d"})
        )
        s.server.script("PUT", "/elsewhere", Reply(status=201))

        s.registry.put_blob(s.repository, blob(LAYER), lambda: chunks(LAYER))

    asked = s.server.asked[-1]
    assert (asked.path, asked.query, asked.body) == (
        "/elsewhere",
        {"a": ["b/c"], "digest": [str(Digest.of(LAYER))]},
        LAYER,
    )
    assert asked.headers["Content-Length"] == str(len(LAYER))


def test_put_blob__at_another_host_goes_without_the_login() -> None:
    with stand(ghcr=Ghcr()) as s, Scripted(lambda asked: Reply(status=201)).running() as storage:
        s.server.script(
            "POST", "/uploads/", Reply(status=401, headers={"WWW-Authenticate": "Basic"})
        )
        s.server.script(
            "POST",
            "/uploads/",
            Reply(status=202, headers={"Location": f"http://{storage.host}/put?sig=1"}),
        )

        s.registry.put_blob(s.repository, blob(LAYER), lambda: chunks(LAYER))

    (asked,) = storage.asked
    assert (asked.method, asked.path, asked.body) == ("PUT", "/put", LAYER)
    assert "Authorization" not in asked.headers


def test_blob__in_a_storage_elsewhere_is_read_without_the_login() -> None:
    ghcr = Ghcr()
    with stand(ghcr=ghcr) as s, Scripted(ghcr.answer).running() as storage:
        ghcr.storage = storage.host
        hold(ghcr, blobs={Digest.of(LAYER): LAYER})

        with s.registry.read_blob(s.repository, blob(LAYER)) as read:
            assert b"".join(read) == LAYER

    assert "Authorization" in s.server.asked[-1].headers
    assert ["Authorization" in asked.headers for asked in storage.asked] == [False]


def test_mount__refused_opens_the_upload_that_is_used() -> None:
    with stand(ghcr=Ghcr(mounts=False)) as s:
        origin = s.repository.parse(f"{s.server.host}/octo/base")

        assert not s.registry.mount(s.repository, blob(LAYER), origin)
        s.registry.put_blob(s.repository, blob(LAYER), lambda: chunks(LAYER))

    assert [asked.method for asked in s.server.asked if "/uploads/" in asked.path] == [
        "POST",
        "POST",
        "PUT",
    ]


def test_has_blob__by_its_status() -> None:
    with stand() as s:
        hold(s.ghcr, blobs={Digest.of(LAYER): LAYER})

        assert s.registry.has_blob(s.repository, Digest.of(LAYER))
        assert not s.registry.has_blob(s.repository, Digest.of(b"none"))


def test_mount__registry_without_mounts() -> None:
    with stand() as s:
        s.server.script("POST", "/uploads/", Reply(status=405))

        assert not s.registry.mount(
            s.repository,
            Descriptor(media_type="x/y", digest=Digest.of(LAYER), size=1),
            s.repository,
        )
