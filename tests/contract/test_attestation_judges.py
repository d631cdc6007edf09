"""Independent verifiers take what we sign, and refuse what we refuse: sigstore-python, gh, cosign.
In a registry they find it, and we find what cosign writes there."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sigstore.errors import VerificationError
from sigstore.models import Bundle, InvalidBundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import AllOf, Identity, OIDCSourceRepositoryURI

from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.attestation import statements
from ghcr_action.attestation.expected import Expected, Signer
from ghcr_action.errors import PolicyRefused
from ghcr_action.images import transfer, tree
from ghcr_action.plans.attest import Attesting
from ghcr_action.ports import Ports
from ghcr_action.settings.attest import Requirement
from ghcr_action.steps import attest, require
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from tests.fakes import ports as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.engine import image
from tests.fakes.http import Scripted
from tests.fakes.layout import MemoryLayout
from tests.fakes.sigstore import signed
from tests.fakes.sigstore.instance import CLAIMS, ISSUER, Instance
from tests.fakes.sigstore.ports import FakeSigstore, FakeTrustRoots, addresses, instance
from tests.fakes.sigstore.services import Services
from tests.flow.existing import with_attestation
from tests.testbed import Testbed

CONTENT = b"the image"
IDENTITY = f"https://github.com/{CLAIMS['job_workflow_ref']}"
REPOSITORY = "https://github.com/octo/app"
PRIVATE: tuple[Any, ...] = ("GitHub, Inc.", (), False)
FORMS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "log 1": ((), {"log": 1}),
    "log 1 and timestamp": ((), {"log": 1, "timestamps": True}),
    "log 2 and timestamp": (("sigstore.dev", (2,)), {"log": 2, "timestamps": True}),
    "timestamp alone": (PRIVATE, {"log": 0, "timestamps": True}),
}


class Files:
    """A signed image as files, which every judge reads."""

    def __init__(self, directory: Path, made: Instance, bundle: bytes) -> None:
        self.made, self.raw = made, bundle
        self.artifact = self._write(directory / "artifact", CONTENT)
        self.bundle = self._write(directory / "bundle.json", bundle)
        root = json.dumps(made.trusted_root()).encode()
        self.root = self._write(directory / "root.json", root)
        self.lines = self._write(directory / "root.jsonl", root + b"\n")

    @staticmethod
    def _write(path: Path, content: bytes) -> Path:
        path.write_bytes(content)
        return path


def files(directory: Path, form: str = "log 1", **changed: Any) -> Files:
    made, how = FORMS[form]
    found = instance(*made)
    return Files(directory, found, signed.bundle(found, **{**how, **changed}))


def by_sigstore(found: Files) -> bool:
    return by_sigstore_python(found.root, found.raw)


def by_sigstore_python(root: Path, bundle: bytes) -> bool:
    policy = AllOf(
        [Identity(identity=IDENTITY, issuer=ISSUER), OIDCSourceRepositoryURI(REPOSITORY)]
    )
    verifier = Verifier(trusted_root=TrustedRoot.from_file(str(root)))
    try:
        kind, payload = verifier.verify_dsse(Bundle.from_json(bundle), policy)
    except (VerificationError, InvalidBundle):
        return False
    return (kind, bool(payload)) == ("application/vnd.in-toto+json", True)


def by_gh(found: Files, *more: str) -> bool:
    more = (*more, "--bundle", str(found.bundle))
    return gh(found.root.parent, str(found.artifact), *more, found.lines).returncode == 0


def gh(home: Path, what: str, *more: str | Path) -> subprocess.CompletedProcess[str]:
    """``gh attestation verify``; the last argument is whom it trusts."""
    *options, trusted = map(str, more)
    program = str(Path(sys.executable).parent / "gh")
    arguments = ["attestation", "verify", what, "--repo", "octo/app", *options]
    return subprocess.run(
        [program, *arguments, "--custom-trusted-root", trusted],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "GH_TOKEN": "any"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("form", [form for form in FORMS if form != "timestamp alone"])
def test_judges__sigstore_python_takes_what_we_sign(tmp_path: Path, form: str) -> None:
    assert by_sigstore(files(tmp_path, form))


@pytest.mark.parametrize("form", FORMS)
def test_judges__gh_takes_what_we_sign(tmp_path: Path, form: str) -> None:
    assert by_gh(files(tmp_path, form))


TAMPERED: dict[str, Callable[[Path], Files]] = {
    "another repository": lambda path: files(path, claims={"repository": "evil/app"}),
    "another issuer": lambda path: files(path, claims={"iss": "https://issuer.example"}),
    "a foreign authority": lambda path: Files(path, instance(), signed.bundle(Instance())),
    "another signature": lambda path: Files(
        path, instance(), signed.edited(signed.bundle(), _other_signature)
    ),
    "no log": lambda path: files(path, log=0),
}


def _other_signature(bundle: dict[str, Any]) -> None:
    other = json.loads(signed.bundle())
    bundle["dsseEnvelope"]["signatures"] = other["dsseEnvelope"]["signatures"]


@pytest.mark.parametrize("fault", TAMPERED)
def test_judges__refuse_what_we_refuse(tmp_path: Path, fault: str) -> None:
    found = TAMPERED[fault](tmp_path)

    assert (by_sigstore(found), by_gh(found)) == (False, False)


def test_judges__gh_refuses_another_image_and_another_kind(tmp_path: Path) -> None:
    assert not by_gh(files(tmp_path, digests=[Digest.of(b"another")]))
    assert not by_gh(files(tmp_path, predicate_type=statements.SIGNATURE, predicate={}))


def test_judges__gh_asks_for_the_workflow_of_another_repository(tmp_path: Path) -> None:
    shared = "acme/flows/.github/workflows/publish.yml"
    found = files(tmp_path, claims={"job_workflow_ref": f"{shared}@refs/tags/v1"})

    assert not by_gh(found)
    assert by_gh(found, "--signer-workflow", shared)


class Held:
    """A signed image in a registry of the testbed."""

    def __init__(
        self, testbed: Testbed, registry: HttpRegistry, form: str, directory: Path
    ) -> None:
        made, how = FORMS[form]
        self.testbed, self.made = testbed, instance(*made)
        self.repository = Repository.parse(f"{testbed.registry}/octo/{directory.name.lower()}")
        self.ports: Ports = replace(
            fakes.make(
                sigstore=FakeSigstore(Services(self.made)),
                trust_roots=FakeTrustRoots.of(self.made),
                clock=FakeClock(),
            ),
            registry=registry,
        )
        root, blobs = image([Platform("linux", "amd64"), Platform("linux", "arm64")])
        root, blobs = with_attestation(root, blobs, Platform("linux", "amd64"))
        layout = MemoryLayout(root, blobs)
        transfer.push(layout, root.descriptor, self.repository, registry)
        self.image = tree.read(layout.manifest, self.repository, root.descriptor)
        self.digest = root.descriptor.digest
        self.how = how
        self.root = directory / "root.json"
        self.root.write_text(json.dumps(self.made.trusted_root()))
        self.lines = directory / "root.jsonl"
        self.lines.write_text(json.dumps(self.made.trusted_root()) + "\n")

    def sign(self) -> None:
        services = addresses(log=self.how["log"], timestamps=self.how.get("timestamps", False))
        plan = Attesting(
            instance=services,
            trusted_root=self.root.read_bytes(),
            in_api=False,
            in_registry=True,
            is_required=True,
            server="https://github.com",
            repository="octo/app",
        )
        attest.attest([attest.of_tree(self.image, [self.repository])], plan, self.ports)

    @property
    def name(self) -> Reference:
        return self.repository.at(self.digest)

    def cosign(self, *arguments: str) -> str:
        return self.testbed.run("cosign", *arguments)

    def trusting(self) -> tuple[str, ...]:
        return trusting(self.made, self.root)


def trusting(made: Instance, root: Path) -> tuple[str, ...]:
    """What cosign is told of whom to trust."""
    identity = ("--certificate-oidc-issuer", ISSUER, "--certificate-identity", IDENTITY)
    private = ("--use-signed-timestamps", "--insecure-ignore-tlog", "--insecure-ignore-sct")
    return (*("--trusted-root", str(root)), *identity, *(() if made.logs else private))


@pytest.fixture
def registry(testbed: Testbed) -> Iterator[HttpRegistry]:
    found = HttpRegistry({}, clock=FakeClock(), user_agent="tests")
    yield found
    found.close()


@pytest.mark.e2e
@pytest.mark.parametrize("form", FORMS)
def test_judges__cosign_and_gh_find_it_beside_the_image(
    testbed: Testbed, registry: HttpRegistry, tmp_path: Path, form: str
) -> None:
    held = Held(testbed, registry, form, tmp_path)
    held.sign()

    for each in (held.digest, *(leaf.digest for leaf in tree.leaves(held.image))):
        name = str(held.repository.at(each))
        kind = ("--type", "slsaprovenance1")
        held.cosign("verify-attestation", *held.trusting(), *kind, name)
        done = gh(tmp_path, f"oci://{name}", "--bundle-from-oci", held.lines)
        assert done.returncode == 0, done.stderr


@pytest.mark.e2e
def test_judges__cosign_takes_our_signature_of_buildkits_attestation(
    testbed: Testbed, registry: HttpRegistry, tmp_path: Path
) -> None:
    held = Held(testbed, registry, "log 1", tmp_path)
    held.sign()

    found = attest.of_tree(held.image, [held.repository]).buildkit
    assert found
    for each in found:
        held.cosign("verify", *held.trusting(), str(held.repository.at(each.digest)))


def required(repository: str) -> Requirement:
    return Requirement(expected=Expected(signers=(Signer.parse(repository),)))


@pytest.mark.e2e
def test_judges__we_find_what_cosign_writes(
    testbed: Testbed, registry: HttpRegistry, tmp_path: Path
) -> None:
    held = Held(testbed, registry, "log 1", tmp_path)
    services = Services(held.made)
    predicate = tmp_path / "predicate.json"
    predicate.write_text("{}")
    with Scripted(services.answer).running() as server:
        services.host = f"http://{server.host}"
        config = tmp_path / "signing.json"
        config.write_text(
            json.dumps(held.made.signing_config(services.host, log=1, has_timestamps=False))
        )
        held.cosign(
            "attest",
            "--yes",
            *("--identity-token", services.token()),
            *("--signing-config", str(config), "--trusted-root", str(held.root)),
            *("--predicate", str(predicate), "--type", "slsaprovenance1"),
            str(held.name),
        )

    found = require.check(held.name, required("octo/app"), held.ports)
    assert found
    assert found.signer == IDENTITY
    with pytest.raises(PolicyRefused, match="not of evil/app"):
        require.check(held.name, required("evil/app"), held.ports)


@pytest.mark.e2e
def test_judges__a_key_of_cosigns_is_checked(
    testbed: Testbed, registry: HttpRegistry, tmp_path: Path
) -> None:
    held = Held(testbed, registry, "log 1", tmp_path)
    testbed.run("sh", "-c", f"cd {tmp_path} && cosign generate-key-pair", COSIGN_PASSWORD="")
    testbed.run(
        *("cosign", "sign", "--yes", "--key", f"{tmp_path}/cosign.key", "--tlog-upload=false"),
        *("--use-signing-config=false", str(held.name)),
        COSIGN_PASSWORD="",
    )

    request = Requirement(key=(tmp_path / "cosign.pub").read_text())
    found = require.look(held.name, request, held.ports)
    assert "the key that was given" in {each.signer for each in found if not each.problem}
