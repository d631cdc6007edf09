"""What failures were once called wrongly, by kind: each kind by the answer it was reported with and
at least five more.

A kind is named after what went wrong. Where the cause is seen elsewhere than in an answer (the
referrers index, an old format, a warning, the end of a step's output), its inputs stand in
tests/contract/test_causes_on_the_wire.py, tests/flow/test_causes.py and tests/unit/report.
"""

from dataclasses import replace
from typing import Any

import pytest

from ghcr_action.diagnosis.find import find
from ghcr_action.diagnosis.known import Circumstances
from ghcr_action.values import oci
from ghcr_action.values.answer import Answer, Fault, Where
from ghcr_action.values.oci import Index, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest
from tests.fakes.engine import image
from tests.unit.diagnosis.seen import (
    ANONYMOUS,
    DEPENDABOT,
    ELSEWHERE,
    ENTERPRISE,
    FORK,
    HUB,
    LOOK,
    PASSWORD,
    READ,
    RUN,
    STRANGER,
    TOKEN,
    api,
    engine,
    registry,
)

LACKS = "no match for platform in manifest: not found"
SOURCE = "failed to resolve source metadata for"
PLATFORM = [
    (f"{SOURCE} docker.io/library/alpine:3.3: {LACKS}", RUN),
    (f"{SOURCE} ghcr.io/acme/base@sha256:{'a' * 64}: {LACKS}", RUN),
    (f"ERROR: failed to solve: quay.io/a/b:1: {SOURCE} quay.io/a/b:1: {LACKS}", ELSEWHERE),
    (f"{SOURCE} localhost:5000/base: {LACKS}", FORK),
    (f"Dockerfile:1\n>>> FROM x\nERROR: failed to solve: x: {SOURCE} x: {LACKS}", PASSWORD),
    (f"#3 ERROR: docker.io/a/b:2: {LACKS}\nERROR: failed to solve: a/b:2: {SOURCE} a/b:2: {LACKS}", HUB),
]  # fmt: skip
PROXY = "HTTPS_PROXY=http://proxy.example:3128"
UNREACHABLE: list[tuple[Answer, Circumstances, str]] = [
    (registry(0, fault=Fault.PROXY, proxy=PROXY), RUN, "NETWORK-PROXY"),
    (api(0, fault=Fault.PROXY, proxy=PROXY), RUN, "NETWORK-PROXY"),
    (engine("proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused"), RUN, "NETWORK-PROXY"),
    (registry(0, fault=Fault.PROXY, proxy=PROXY, context=ELSEWHERE), ELSEWHERE, "NETWORK-PROXY"),
    (api(0, fault=Fault.NAME), RUN, "NETWORK-NAME"),
    (api(0, fault=Fault.REFUSED), FORK, "NETWORK-REFUSED"),
    (api(0, fault=Fault.SILENT), ENTERPRISE, "NETWORK-SILENT"),
    (engine("tls: failed to verify certificate: x509: certificate has expired"), RUN, "NETWORK-TLS"),
    (registry(0, fault=Fault.NAME, **READ), RUN, "NETWORK-NAME"),
    (engine("dial tcp: lookup ghcr.io on 127.0.0.53:53: no such host"), RUN, "NETWORK-NAME"),
]  # fmt: skip
REASONS: list[tuple[Answer, Circumstances, str]] = [
    (registry(403, "Resource protected by organization SAML enforcement"), PASSWORD, "GHCR-403-SSO"),
    (registry(403, "denied: your IP address is not permitted to access this resource"), RUN, "REGISTRY-403-ADDRESS"),
    (registry(403, "the organization has an IP allow list enabled"), FORK, "REGISTRY-403-ADDRESS"),
    (registry(403, "DENIED: quota exceeded", context=ELSEWHERE), ELSEWHERE, "REGISTRY-403-QUOTA"),
    (registry(403, "your storage is over its limit"), RUN, "REGISTRY-403-QUOTA"),
    (registry(403, "data transfer for this month is used up", context=HUB), HUB, "REGISTRY-403-QUOTA"),
    (registry(403, "This repository was archived so it is read-only."), RUN, "REGISTRY-403-ARCHIVED"),
    (registry(403, "Blocked by the proxy of Example Ltd: category file sharing"), RUN, "REGISTRY-403-REASON"),
    (registry(403, "DENIED: the moon is full", **READ), RUN, "REGISTRY-403-REASON"),
]  # fmt: skip
STRANGERS: list[tuple[Answer, Circumstances]] = [
    (registry(401, context=STRANGER), STRANGER),
    (registry(401, context=ELSEWHERE, **LOOK), ELSEWHERE),
    (registry(401, context=ELSEWHERE, **TOKEN), ELSEWHERE),
    (registry(403, context=ELSEWHERE, **READ), ELSEWHERE),
    (registry(403, "DENIED: denied", context=HUB), HUB),
    (registry(404, context=ELSEWHERE), ELSEWHERE),
    (registry(405, context=ELSEWHERE, method="PUT"), ELSEWHERE),
    (registry(405, context=ELSEWHERE, method="DELETE"), ELSEWHERE),
    (registry(404, context=HUB, **READ), HUB),
]


@pytest.mark.parametrize(("words", "context"), PLATFORM)
def test_find__a_base_image_that_lacks_the_platform(words: str, context: Circumstances) -> None:
    found = find(Answer(where=Where.ENGINE, words=words), context)

    assert found
    assert found.code == "IMAGE-404-PLATFORM"


@pytest.mark.parametrize(("answer", "context", "code"), UNREACHABLE)
def test_find__who_was_not_reached_and_by_which_way(
    answer: Answer, context: Circumstances, code: str
) -> None:
    found = find(answer, context)

    assert found
    assert found.code == code


@pytest.mark.parametrize(("answer", "context", "code"), REASONS)
def test_find__the_servers_own_reason_comes_first(
    answer: Answer, context: Circumstances, code: str
) -> None:
    found = find(answer, context)

    assert found
    assert found.code == code


@pytest.mark.parametrize("context", [RUN, FORK, DEPENDABOT, ANONYMOUS, PASSWORD, ENTERPRISE])
def test_find__a_reason_counts_more_than_the_job(context: Circumstances) -> None:
    """What the job lacks is a guess as long as the server says why."""
    words = "denied: adding 1.2 GiB exceeds the quota of the project"
    found = find(registry(403, words, context=replace(context)), context)

    assert found
    assert found.code == "REGISTRY-403-QUOTA"


@pytest.mark.parametrize(("answer", "context"), STRANGERS)
def test_find__a_registry_that_is_not_githubs_gets_no_advice_of_github(
    answer: Answer, context: Circumstances
) -> None:
    found = find(answer, context)

    assert found is None or not found.code.startswith("GHCR-")
    assert found is None or "docs.github.com" not in found.docs


SUBJECT = image([Platform("linux", "amd64"), Platform("linux", "arm64")])[0]
OTHER = image([Platform("linux", "amd64"), Platform("linux", "riscv64")])[0]
SBOM = {
    "mediaType": MediaType.OCI_MANIFEST,
    "artifactType": "application/spdx+json",
    "digest": str(Digest.of(b"sbom")),
    "size": 4,
}
OF_A_PLATFORM = {
    **{key: value for key, value in SBOM.items() if key != "artifactType"},
    "platform": {"os": "linux", "architecture": "amd64"},
}


def listing(*entries: dict[str, Any]) -> Index:
    found = oci.parse(
        oci.dump(
            {
                "schemaVersion": 2,
                "mediaType": MediaType.OCI_INDEX,
                "manifests": list(entries),
            }
        )
    )
    assert isinstance(found, Index)
    return found


@pytest.mark.parametrize(
    ("found", "count"),
    [
        (None, 0),
        (SUBJECT, 0),
        (OTHER, 0),
        (image([Platform("linux", "amd64")])[0], 0),
        (listing(), 0),
        (listing(OF_A_PLATFORM), 0),
        (listing(SBOM), 1),
        (listing(SBOM, OF_A_PLATFORM), 1),
        (listing({**SBOM, **OF_A_PLATFORM}), 1),
        (listing({key: value for key, value in SBOM.items() if key != "artifactType"}), 1),
    ],
)
def test_referrers__of_whatever_stands_behind_the_fallback_tag(
    found: Manifest | Index | None, count: int
) -> None:
    """GitLab answers it with the image of that digest."""
    assert len(oci.referrers_in(found, SUBJECT.descriptor.digest)) == count
