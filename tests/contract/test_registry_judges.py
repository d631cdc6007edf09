"""Clients that share no code with ours agree: on what our client wrote, and on how the stand-in for
GitHub's registry behaves."""

import base64
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.images import transfer, tree
from ghcr_action.logins.credential import Credential
from ghcr_action.values.oci import Index
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Repository, Tag
from ghcr_action.values.secret import Secret
from tests.contract.http_registry import Stand, stand
from tests.e2e.judges import Judges, judges
from tests.fakes.clock import FakeClock
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr
from tests.fakes.layout import MemoryLayout, on_disk
from tests.testbed import Testbed

pytestmark = pytest.mark.e2e
INDEX, BLOBS = image(
    [Platform("linux", "amd64"), Platform("linux", "arm64"), Platform("linux", "arm", "v7")]
)
DIGEST = INDEX.descriptor.digest
AGREED = dict.fromkeys(("crane", "skopeo", "oras"), str(DIGEST))


@contextmanager
def client(testbed: Testbed) -> Iterator[HttpRegistry]:
    login = Credential(username=testbed.user, password=Secret(testbed.password))
    hosts = (testbed.password_registry, testbed.token_registry)
    registry = HttpRegistry(
        dict.fromkeys(hosts, login),
        clock=FakeClock(),
        user_agent="tests",
        ca_bundle=testbed.ca_bundle,
    )
    try:
        yield registry
    finally:
        registry.close()


@pytest.fixture
def judged(testbed: Testbed, tmp_path: Path) -> Judges:
    return judges(testbed, tmp_path / "judges")


@contextmanager
def ghcr(judged: Judges, **how: Any) -> Iterator[Stand]:
    """The stand-in, with the judges logged in to it."""
    with stand(ghcr=Ghcr(**how)) as s:
        login = base64.b64encode(b"octocat:right-password").decode()
        (judged.config / "config.json").write_text(
            json.dumps({"auths": {s.server.host: {"auth": login}}})
        )
        yield s


def published(registry: HttpRegistry, repository: Repository) -> str:
    transfer.push(MemoryLayout(INDEX, BLOBS), INDEX.descriptor, repository, registry)
    transfer.tag(registry, INDEX, [repository.tag(Tag("1"))])
    transfer.verify(registry, [repository.tag(Tag("1"))], DIGEST, FakeClock())
    return f"{repository}:1"


@pytest.mark.parametrize("name", ["registry", "password_registry", "token_registry"])
def test_judges__read_what_was_pushed(testbed: Testbed, judged: Judges, name: str) -> None:
    with client(testbed) as registry:
        reference = published(
            registry, Repository(getattr(testbed, name), f"octo/{uuid.uuid4().hex}")
        )

    assert judged.digests(reference) == AGREED
    assert set(judged.platforms(reference)) == {"linux/amd64", "linux/arm64", "linux/arm/v7"}


def test_judges__read_a_copy_in_another_repository_and_another_registry(
    testbed: Testbed, judged: Judges
) -> None:
    name = uuid.uuid4().hex
    origin = Repository(testbed.token_registry, f"octo/{name}")
    with client(testbed) as registry:
        published(registry, origin)
        for target in (
            Repository(testbed.token_registry, f"octo/{name}-copy"),
            Repository(testbed.tls_registry, f"octo/{name}"),
        ):
            transfer.push(registry, INDEX.descriptor, target, registry, origin=origin)
            transfer.tag(registry, INDEX, [target.tag(Tag("1"))])

            assert judged.crane("digest", f"{target}:1") == str(DIGEST)


def test_judges__read_from_the_stand_in_for_ghcr(judged: Judges) -> None:
    with ghcr(judged) as s:
        reference = published(s.registry, s.repository)

        assert judged.digests(reference) == AGREED
        assert judged.tags(str(s.repository)) == {"1"}


def test_judges__write_to_the_stand_in_for_ghcr(testbed: Testbed, judged: Judges) -> None:
    with client(testbed) as registry:
        source = published(registry, Repository(testbed.registry, f"octo/{uuid.uuid4().hex}"))
    with ghcr(judged) as s:
        logins = str(judged.config / "config.json")
        insecure = ("--src-tls-verify=false", "--dest-tls-verify=false", "--authfile", logins)
        plain = ("--from-plain-http", "--to-plain-http", "--to-registry-config", logins)
        judged.crane("copy", source, f"{s.repository}:crane")
        testbed.run(
            "skopeo",
            "copy",
            "--all",
            "--quiet",
            *insecure,
            f"docker://{source}",
            f"docker://{s.repository}:skopeo",
        )
        testbed.run("oras", "copy", "--no-tty", *plain, source, f"{s.repository}:oras")

        found = [
            s.registry.head(s.repository.tag(Tag(name))) for name in ("crane", "skopeo", "oras")
        ]

    assert [descriptor.digest if descriptor else None for descriptor in found] == [DIGEST] * 3


def test_judges__are_refused_a_deletion_by_the_stand_in_for_ghcr(judged: Judges) -> None:
    with ghcr(judged) as s:
        published(s.registry, s.repository)

        with pytest.raises(AssertionError, match="The operation is unsupported"):
            judged.crane("delete", f"{s.repository}@{DIGEST}")
        assert not s.registry.delete(s.repository.at(DIGEST))


def test_judges__attach_to_the_stand_in_with_a_referrers_api_and_we_list_what_they_do(
    testbed: Testbed, judged: Judges, tmp_path: Path
) -> None:
    (tmp_path / "note").write_text("signed off")
    kinds = ("application/x.note", "application/x.memo", "application/x.memo")
    config = ("--plain-http", "--registry-config", str(judged.config / "config.json"))
    with ghcr(judged, has_referrers=True, page=2) as s:
        image = published(s.registry, s.repository)
        for number, kind in enumerate(kinds):
            testbed.run(
                *("oras", "attach", "--no-tty", *config, "--disable-path-validation"),
                *("--artifact-type", kind, "--annotation", f"number={number}"),
                *(image, f"{tmp_path}/note:text/plain"),
            )
        found = s.registry.referrers(s.repository, DIGEST)
        told = testbed.run(
            *("oras", "discover", "--format", "json", *config),
            *("--artifact-type", "application/x.memo", image),
        )

        assert judged.tags(str(s.repository)) == {"1"}
    assert [each.artifact_type for each in found] == list(kinds)
    assert {each["digest"] for each in json.loads(told)["referrers"]} == {
        str(each.digest) for each in found[1:]
    }


def test_judges__read_what_buildx_built_into_a_layout(
    testbed: Testbed, judged: Judges, tmp_path: Path
) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    output, built = tmp_path / "layout", tmp_path / "built.json"
    options = (
        "--platform=linux/amd64,linux/arm64",
        "--provenance=true",
        f"--output=type=oci,tar=false,dest={output}",
    )
    testbed.run(
        "docker",
        "buildx",
        "build",
        "--quiet",
        *options,
        f"--metadata-file={built}",
        str(tmp_path / "context"),
    )
    layout = on_disk(output)
    repository = Repository(testbed.registry, f"octo/{uuid.uuid4().hex}")

    with client(testbed) as registry:
        root = transfer.push(layout, layout.root(), repository, registry)
        transfer.tag(registry, root, [repository.tag(Tag("1"))])
        found = transfer.verify(
            registry, [repository.tag(Tag("1"))], root.descriptor.digest, FakeClock()
        )

    digest = json.loads(built.read_bytes())["containerimage.digest"]
    assert judged.digests(f"{repository}:1") == dict.fromkeys(("crane", "skopeo", "oras"), digest)
    assert isinstance(root, Index)
    assert len(root.manifests) == 4
    images = tree.size(layout, repository, found).platforms
    assert [str(one.platform) for one in images] == ["linux/amd64", "linux/arm64"]
    for one in images:
        assert judged.crane("validate", "--remote", str(repository.at(one.digest))).startswith(
            "PASS"
        )
