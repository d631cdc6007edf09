"""`require-attestation` in `promote`, `pull` and `inspect`, and what `inspect` tells of signatures,
over working fakes."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ghcr_action.attestation import artifact, cosign, statements
from ghcr_action.attestation import bundle as bundles
from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    PolicyRefused,
    SettingsError,
    Unavailable,
)
from ghcr_action.images import referrers
from ghcr_action.modes import inspect, promote, pull
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from tests.fakes.sigstore import signed
from tests.fakes.sigstore.ports import FakeTrustRoots, instance
from tests.flow.signing import APP, BUNDLE, GITHUBS, MAIN, PUBLIC, World, parsed

AMD64 = Platform("linux", "amd64")
RELEASED = Reference.parse(f"{APP}:released")
OCTO = "octo/app"
CI = "octo/app/.github/workflows/ci.yml"
MODES = ("promote", "pull", "inspect")


@pytest.fixture
def world() -> World:
    """An image under a tag, which nobody has signed."""
    found = World()
    found.hold(str(MAIN), AMD64)
    return found


def digest(world: World) -> Digest:
    found = world.digest_of(MAIN)
    assert found
    return found


def run(world: World, mode: str, required: str = OCTO, **given: str) -> object:
    texts = {"tags": "released"} if mode == "promote" else {}
    texts |= {"source": str(MAIN), "require_attestation": required} | given
    settings = parsed(mode, PUBLIC, {}, **texts)
    return {"promote": promote, "pull": pull, "inspect": inspect}[mode].run(settings, world.ports)


def store(world: World, *found: bytes) -> None:
    world.store.held[(OCTO, str(digest(world)))] = list(found)


def hang(
    world: World, raw: bytes, *, kind: str = BUNDLE, layer: str = BUNDLE, size: int = 0
) -> Manifest:
    """A bundle beside the image; ``kind`` is what the list says of it."""
    subject = world.registry.head(MAIN)
    assert subject
    held = world.registry.repositories[APP]
    held.blobs |= {Digest.of(b"{}"): b"{}", Digest.of(raw): raw}
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "artifactType": kind,
        "config": describe(b"{}", MediaType.OCI_EMPTY),
        "layers": [describe(raw, layer) | ({"size": size} if size else {})],
        "subject": oci.describe(subject),
    }
    made = oci.parse(oci.dump(document))
    assert isinstance(made, Manifest)
    world.registry.put(APP.at(made.descriptor.digest), made)
    referrers.declare(world.registry, APP, subject.digest, (made.descriptor,))
    return made


def describe(content: bytes, kind: str) -> dict[str, object]:
    return oci.describe(Descriptor(media_type=kind, digest=Digest.of(content), size=len(content)))


def bundle(world: World, **changed: object) -> bytes:
    return signed.bundle(digests=[digest(world)], **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("required", [OCTO, CI, f"{CI}@refs/heads/main", f"other/one\n{OCTO}"])
def test_require__takes_an_image_that_is_signed_as_expected(
    world: World, mode: str, required: str
) -> None:
    store(world, bundle(world))

    run(world, mode, required)

    assert world.trust.fetched == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [BUNDLE, "application/vnd.oci.empty.v1+json", ""])
def test_require__finds_it_beside_the_image_however_a_client_lists_it(
    world: World, mode: str, kind: str
) -> None:
    hang(world, bundle(world), kind=kind)

    run(world, mode)


@pytest.mark.parametrize("mode", MODES)
def test_require__refuses_an_image_that_nobody_has_signed(world: World, mode: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        run(world, mode)

    assert refused.value.code == "ATTESTATION-REQUIRED"
    assert str(refused.value).startswith(f"{APP}@{digest(world)} has no attestation by {OCTO}")
    assert "neither GitHub's store nor the registry has one" in refused.value.why
    assert world.digest_of(RELEASED) is None
    assert world.engine.pulled == []


@pytest.mark.parametrize("mode", MODES)
def test_require__says_of_each_why_it_does_not_count(world: World, mode: str) -> None:
    store(
        world,
        bundle(world, claims={"repository": "evil/app"}),
        signed.bundle(),
        bundle(world, predicate_type=statements.SIGNATURE, predicate={}),
        b"{}",
    )
    hang(world, bundle(world).replace(b'"sig":"', b'"sig":"AA'))

    with pytest.raises(PolicyRefused) as refused:
        run(world, mode, CI)

    why = refused.value.why
    assert "GitHub's store: it was signed by a run of evil/app, not of octo/app" in why
    assert f"not about {digest(world)}" in why
    assert "it states https://sigstore.dev/cosign/sign/v1" in why
    assert "GitHub's store: the bundle has no mediaType" in why
    assert "the registry: " in why


def test_require__passes_a_foreign_attestation_beside_a_good_one(world: World) -> None:
    store(world, bundle(world, claims={"repository": "evil/app"}), bundle(world))
    hang(world, b"nonsense")

    run(world, "promote")

    assert world.digest_of(RELEASED) == digest(world)


def test_require__asks_for_workflow_and_caller_of_a_shared_workflow(world: World) -> None:
    shared = "acme/flows/.github/workflows/publish.yml"
    store(world, bundle(world, claims={"job_workflow_ref": f"{shared}@refs/tags/v1"}))

    run(world, "promote", f"{OCTO}\n{shared}@refs/tags/v1")
    with pytest.raises(PolicyRefused, match=r"signed by https://github\.com/acme/flows"):
        run(world, "promote", f"{OCTO}\n{shared}@refs/tags/v2", tags="again")


@pytest.mark.parametrize(
    ("trouble", "kind", "fix"),
    [
        (
            AccessDenied("Could not read", why="GET gave status 403"),
            AccessDenied,
            "permissions:\n  attestations: read",
        ),
        (Unavailable("Could not read", why="nobody answers"), Unavailable, "Run again."),
    ],
)
@pytest.mark.parametrize("mode", ["promote", "pull"])
def test_require__tells_a_store_that_can_not_be_asked_from_an_image_that_is_not_signed(
    world: World, mode: str, trouble: ActionError, kind: type[ActionError], fix: str
) -> None:
    world.store.unread = trouble

    with pytest.raises(kind) as failed:
        run(world, mode)

    assert (failed.value.fix, failed.value.code) == (fix, "ATTESTATION-UNKNOWN")
    assert trouble.why in failed.value.why


def test_require__is_content_with_the_registry_where_the_store_can_not_be_asked(
    world: World,
) -> None:
    world.store.unread = Unavailable("Could not read", why="nobody answers")
    hang(world, bundle(world))

    run(world, "promote")


@pytest.mark.parametrize("mode", MODES)
def test_require__stops_where_roots_can_not_be_refreshed(world: World, mode: str) -> None:
    store(world, bundle(world))
    world.trust.new = None

    with pytest.raises(Unavailable, match="whom sigstore trusts") as failed:
        run(world, mode)

    assert mode == "inspect" or failed.value.code == "ATTESTATION-UNKNOWN"


def test_require__judges_by_a_sigstore_of_ones_own_alone(world: World) -> None:
    store(world, bundle(world))
    path = world.configure(log=1, timestamps=False)
    world.trust = FakeTrustRoots()

    run(world, "promote", sigstore_config=path)

    assert world.digest_of(RELEASED) == digest(world)


@pytest.mark.parametrize("mode", MODES)
def test_require__names_every_line_that_is_wrong(mode: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parsed(mode, PUBLIC, source=str(MAIN), tags="x", require_attestation=f"octo\n{CI}@main")

    assert "'octo' is neither owner/repo" in str(refused.value)
    assert "refs/heads/main or refs/tags/main" in str(refused.value)


def listed(world: World) -> list[dict[str, str]]:
    found = json.loads(world.runner.outputs["json"])[0]["signed"]
    assert isinstance(found, list)
    return found


def test_inspect__tells_who_signed_what_and_where_it_is_kept(world: World) -> None:
    hang(world, bundle(world))
    hang(world, bundle(world, claims={"repository": "evil/app"}))
    hang(world, b"nonsense")

    run(world, "inspect", "")

    by_repository = {each["repository"]: each for each in listed(world)}
    assert by_repository.keys() == {"octo/app", "evil/app", ""}
    foreign, nonsense = by_repository["octo/app"], by_repository[""]
    assert foreign["signer"] == f"https://github.com/{CI}@refs/heads/main"
    assert (foreign["commit"], foreign["store"]) == ("a" * 40, "the registry")
    assert foreign["predicate-type"] == statements.PROVENANCE
    assert foreign["run"] == "https://github.com/octo/app/actions/runs/77/attempts/1"
    assert nonsense["problem"] == "the bundle is not JSON"
    assert "octo/app/.github/workflows/ci.yml" in world.runner.summaries[0]


def test_inspect__tells_both_stores_where_a_repository_is_named(world: World) -> None:
    store(world, bundle(world))
    hang(world, bundle(world))

    run(world, "inspect")

    assert [each["store"] for each in listed(world)] == ["GitHub's store", "the registry"]


def test_inspect__tells_a_store_that_can_not_be_asked(world: World) -> None:
    world.store.unread = Unavailable("Could not read", why="nobody answers")
    hang(world, bundle(world))

    run(world, "inspect")

    assert [each["problem"] for each in listed(world)] == ["nobody answers", ""]


def test_inspect__without_a_root_tells_what_can_not_be_judged(world: World) -> None:
    hang(world, bundle(world))
    world.trust.old, world.trust.new = FakeTrustRoots.of(instance(*GITHUBS)).old, None

    run(world, "inspect", "")

    assert [each["problem"] for each in listed(world)] == ["nobody answers"]


@pytest.mark.parametrize(
    ("layer", "size"),
    [("application/spdx+json", 2), (BUNDLE, artifact.LARGEST + 1)],
    ids=["an SBOM", "too large"],
)
def test_inspect__passes_over_what_is_no_bundle(world: World, layer: str, size: int) -> None:
    hang(world, b"{}", kind="", layer=layer, size=size)

    run(world, "inspect", "")

    assert listed(world) == []


def test_inspect__passes_over_a_bundle_that_is_gone(world: World) -> None:
    made = hang(world, bundle(world))
    del world.registry.repositories[APP].blobs[made.layers[0].digest]

    run(world, "inspect", "")

    assert listed(world) == []


KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def keyed(world: World, *, of: Digest | None = None) -> bytes:
    """As cosign 3 signs with a key: a bundle that names no certificate."""
    from ghcr_action.attestation import signing

    about = statements.subjects([APP], [of or digest(world)])
    envelope = signing.sign(statements.build(about, statements.SIGNATURE, {}), KEY)
    return json.dumps(
        {
            "mediaType": bundles.MEDIA_TYPE,
            "verificationMaterial": {"publicKey": {"hint": "x"}},
            "dsseEnvelope": envelope.describe(),
        }
    ).encode()


def sign_by_tag(world: World, payload: bytes, *, key: ec.EllipticCurvePrivateKey = KEY) -> None:
    """As cosign 2 signs: a layer under a tag."""
    signature = base64.b64encode(key.sign(payload, ec.ECDSA(hashes.SHA256()))).decode()
    layer = describe(payload, cosign.LAYER) | {"annotations": {cosign.SIGNATURE: signature}}
    other = describe(b"{}", "application/octet-stream")
    held = world.registry.repositories[APP]
    held.blobs |= {Digest.of(payload): payload, Digest.of(b"{}"): b"{}"}
    made = oci.parse(
        oci.dump(
            {
                "mediaType": MediaType.OCI_MANIFEST,
                "config": describe(b"{}", MediaType.OCI_EMPTY),
                "layers": [layer, other],
            }
        )
    )
    world.registry.put(APP.tag(cosign.tag(digest(world))), made)


def payload(subject: Digest, kind: str = "cosign container image signature") -> bytes:
    image = {"docker-manifest-digest": str(subject)}
    return json.dumps({"critical": {"image": image, "type": kind}, "optional": None}).encode()


@pytest.mark.parametrize("form", ["text", "file"])
def test_inspect__checks_cosigns_signatures_by_a_key(world: World, form: str) -> None:
    world.workspace.files["cosign.pub"] = PEM
    hang(world, keyed(world))
    sign_by_tag(world, payload(digest(world)))

    run(world, "inspect", "", cosign_key=PEM.decode() if form == "text" else "cosign.pub")

    assert [(each["store"], each["signer"], each["problem"]) for each in listed(world)] == [
        ("the registry", "the key that was given", ""),
        ("cosign's tag", "the key that was given", ""),
    ]


def test_inspect__without_a_key_says_that_one_signed(world: World) -> None:
    hang(world, keyed(world))

    run(world, "inspect", "")

    assert [each["problem"] for each in listed(world)] == [
        "it is signed by a key, which names nobody"
    ]


@pytest.mark.parametrize(
    ("kind", "key", "said"),
    [
        ("", KEY, "it is no signature of an image"),
        (
            "cosign container image signature",
            ec.generate_private_key(ec.SECP256R1()),
            "not signed by",
        ),
    ],
    ids=["another kind", "another key"],
)
def test_inspect__says_why_a_signature_by_a_key_does_not_hold(
    world: World, kind: str, key: ec.EllipticCurvePrivateKey, said: str
) -> None:
    sign_by_tag(world, payload(digest(world), kind), key=key)

    run(world, "inspect", "", cosign_key=PEM.decode())

    (found,) = listed(world)
    assert said in found["problem"]


def test_inspect__takes_no_signature_of_another_image(world: World) -> None:
    hang(world, keyed(world, of=Digest.of(b"another")))
    hang(world, bundle(world))
    sign_by_tag(world, payload(Digest.of(b"another")))

    run(world, "inspect", "", cosign_key=PEM.decode())

    problems = sorted(each["problem"] for each in listed(world))
    assert problems == [
        "",
        "it is about another image",
        "it is signed by a key, which names nobody",
    ]


@pytest.mark.parametrize("text", ["none.pub", "/etc/passwd", "-----BEGIN PUBLIC KEY-----\nx"])
def test_inspect__refuses_a_key_that_is_none(world: World, text: str) -> None:
    hang(world, bundle(world))

    with pytest.raises(SettingsError, match="`cosign-key` can't be read"):
        run(world, "inspect", "", cosign_key=text)


def test_promote__brings_the_attestation_along_to_another_repository() -> None:
    world = World()
    outcome = world.publish(
        platforms="linux/amd64,linux/arm64", attest="true", attest_registry="true"
    )
    world.store.held.clear()

    other = Repository("ghcr.io", "octo/released")
    run(world, "promote", OCTO, tags=f"{other}:1")

    assert outcome.digest
    for each in (outcome.digest, *(found.digest for found in outcome.platforms)):
        settings = parsed("inspect", PUBLIC, {}, source=f"{other}@{each}", require_attestation=OCTO)
        inspect.run(settings, world.ports)
