"""Sign what was pushed by digest, verify the signature, keep it; all of that before any name.

``attest`` takes every image of a run at once: the token and the certificate are asked for once, and
nothing is kept before all signatures hold.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ghcr_action.errors import AccessDenied, ActionError, ContentInvalid, Unavailable, coded
from ghcr_action.images import referrers, tree
from ghcr_action.images.tree import Tree
from ghcr_action.plans import attest as plans
from ghcr_action.plans.attest import Attested, Attesting, Unattested
from ghcr_action.ports import Ports
from ghcr_action.settings.attest import AttestRequest
from ghcr_action.values.event import Event
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Repository

if TYPE_CHECKING:
    from ghcr_action.attestation.envelopes import Envelope
    from ghcr_action.attestation.signing import Identity
    from ghcr_action.steps.trust import Judge

log = logging.getLogger(__name__)

_PATIENCE = Patience(retries=3, shortest=2.0, longest=10.0)
"""Seconds before storing is tried again."""
_NO_PLAN = "ATTEST-PLAN"
"""The code of the error where GitHub's plan has no attestations for the repository."""
_UNAVAILABLE = "not available"
"""What GitHub says where the plan of a private repository has no attestations."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """What is signed of one image, and where it was pushed by digest."""

    repositories: tuple[Repository, ...]
    root: Descriptor
    platforms: tuple[Descriptor, ...] = ()
    """The images below an index."""
    buildkit: tuple[Descriptor, ...] = ()
    """BuildKit's own attestations below an index, which it does not sign."""

    @property
    def subjects(self) -> tuple[Descriptor, ...]:
        """The whole and each platform, each once."""
        return tuple({each.digest: each for each in (self.root, *self.platforms)}.values())


@dataclass(frozen=True, kw_only=True)
class _Bundle:
    """A signature that holds, and what it is about."""

    raw: bytes
    predicate_type: str
    subjects: tuple[Descriptor, ...]


def prepare(
    request: AttestRequest, event: Event, ports: Ports, *, by_digest: bool = False
) -> Attesting | Unattested:
    """What this run will sign with; a configuration of one's own is read for that. Raises
    ActionError where signing is required and can't be."""
    if not request.config:
        return plans.make(request, event, None, by_digest=by_digest)
    from ghcr_action.steps import trust

    return plans.make(request, event, trust.read_config(request.config, ports), by_digest=by_digest)


def of_tree(image: Tree, repositories: Iterable[Repository]) -> Image:
    """What is signed of an image that was read."""
    found = {leaf.digest: leaf.manifest.descriptor for leaf in tree.leaves(image)}
    return of(image.root, tuple(found.values()), repositories)


def of(
    root: Manifest | Index, platforms: tuple[Descriptor, ...], repositories: Iterable[Repository]
) -> Image:
    """What is signed of an index or a manifest."""
    listed = root.manifests if isinstance(root, Index) else ()
    return Image(
        repositories=tuple(repositories),
        root=root.descriptor,
        platforms=platforms,
        buildkit=tuple(each for each in listed if each.is_attestation),
    )


def attest(images: Iterable[Image], plan: Attesting, ports: Ports) -> tuple[Attested, ...]:
    """Sign, verify, keep. Raises ActionError where it is required; else a failure is a warning, and
    each image says why it has no attestation."""
    wanted = tuple(images)
    try:
        return _attest(wanted, plan, ports)
    except ActionError as failed:
        if plan.is_required:
            raise coded(failed, "ATTEST-FAILED") from failed
        # What a plan does not offer is nobody's fault, and would be said again in every run.
        level = logging.INFO if failed.code == _NO_PLAN else logging.WARNING
        log.log(level, "The image is not attested: %s", failed)
        reason = failed.why or failed.what
        return tuple(Attested(digest=each.root.digest, problem=reason) for each in wanted)


def _attest(images: tuple[Image, ...], plan: Attesting, ports: Ports) -> tuple[Attested, ...]:
    from ghcr_action.steps import trust

    signer = _identify(plan, ports)
    judge = trust.Judge(ports, plan.trusted_root)
    signing = _Signing(plan, signer, ports)
    signed = [tuple(signing.bundles(image)) for image in images]
    for bundle in (each for bundles in signed for each in bundles):
        _verify(bundle, judge, plan)
    return tuple(
        _keep(image, bundles, plan, signer, ports)
        for image, bundles in zip(images, signed, strict=True)
    )


def _identify(plan: Attesting, ports: Ports) -> Identity:
    """A new key, and a certificate that says whose job has it."""
    from ghcr_action.attestation import services, signing

    key = ports.sigstore.key()
    purpose = "get a certificate to sign with"
    answer = ports.sigstore.ask(
        plan.instance.certificates,
        services.certificate_request(signing.request(key)),
        purpose,
        ports.sigstore.token(),
    )
    with _understood(purpose):
        identity = signing.identity(key, answer)
    log.info("Signing as %s.", identity.claims.identity)
    return identity


class _Signing:
    """Signs in the name of this job."""

    def __init__(self, plan: Attesting, signer: Identity, ports: Ports) -> None:
        self._instance = plan.instance
        self._in_registry = plan.in_registry
        self._signer = signer
        self._ports = ports

    def bundles(self, image: Image) -> Iterator[_Bundle]:
        """The provenance of the image; where the registry keeps it, what BuildKit says, too."""
        from ghcr_action.attestation import slsa, statements

        with _understood("say how the image was built"):
            predicate = slsa.predicate(self._signer.claims)
        yield self._bundle(image, image.subjects, (statements.PROVENANCE, predicate))
        if self._in_registry:
            for each in image.buildkit:
                yield self._bundle(image, (each,), (statements.SIGNATURE, {}))

    def _bundle(
        self, image: Image, subjects: tuple[Descriptor, ...], stated: tuple[str, dict[str, object]]
    ) -> _Bundle:
        from ghcr_action.attestation import services, signing, statements

        digests = tuple(each.digest for each in subjects)
        with _understood("state what was built"):
            about = statements.subjects(image.repositories, digests)
            payload = statements.build(about, *stated)
        envelope = signing.sign(payload, self._signer.key)
        entries = (self._entry(envelope),) if self._instance.log else ()
        stamps = (self._timestamp(envelope),) if self._instance.timestamps else ()
        raw = services.assemble(envelope, self._signer.certificate, entries, stamps)
        return _Bundle(raw=raw, predicate_type=stated[0], subjects=subjects)

    def _entry(self, envelope: Envelope) -> dict[str, object]:
        """The signature in a public log."""
        from ghcr_action.attestation import services

        ask, read = {
            1: (services.entry_request, services.entry),
            2: (services.record_request, services.record),
        }[self._instance.log_version]
        purpose = "enter the signature in the transparency log"
        asked = ask(envelope, self._signer.certificate)
        answer = self._ports.sigstore.ask(self._instance.log, asked, purpose)
        with _understood(purpose):
            return read(answer)

    def _timestamp(self, envelope: Envelope) -> bytes:
        from ghcr_action.attestation import services

        asked = services.timestamp_request(envelope.signature)
        purpose = "get a timestamp of the signature"
        return self._ports.sigstore.ask(self._instance.timestamps, asked, purpose)


def _verify(bundle: _Bundle, judge: Judge, plan: Attesting) -> None:
    """As a stranger would. Raises ContentInvalid where our own signature does not hold."""
    from ghcr_action.attestation import verified
    from ghcr_action.attestation.refused import need

    with _understood("verify the signature that was just made"):
        found = judge.verify(bundle.raw)
        for each in bundle.subjects:
            verified.check(found, each.digest, predicate_type=bundle.predicate_type)
        signed_for = found.claims.repository
        wanted = f"{plan.server}/{plan.repository}"
        need(signed_for.lower() == wanted.lower(), f"it is of {signed_for}, not of {wanted}")


def _keep(
    image: Image, bundles: tuple[_Bundle, ...], plan: Attesting, signer: Identity, ports: Ports
) -> Attested:
    """Store what was signed: at GitHub first, which may refuse it, then in the registry."""
    provenance = bundles[0]
    done = Attested(
        digest=image.root.digest,
        signer=signer.claims.identity,
        is_public=bool(plan.instance.log),
        bundle=_written(image, provenance.raw, ports),
    )
    if plan.in_api and (found := _store(provenance.raw, plan, ports)):
        url = f"{plan.server}/{plan.repository}/attestations/{found}"
        log.info("GitHub keeps it: %s", url)
        done = replace(done, ids=(found,), url=url, places=("GitHub",))
    if plan.in_registry:
        for repository in image.repositories:
            for bundle in bundles:
                _hang(bundle, repository, ports)
            log.info("%s keeps it beside the image.", repository)
        done = replace(done, places=(*done.places, "registry"))
    if plan.records and done.ids:
        _record(image, ports)
    return done


def _written(image: Image, raw: bytes, ports: Ports) -> str:
    name = f"attestation-{image.root.digest.short}.json"
    return str(ports.workspace.publish(name, raw))


def _store(raw: bytes, plan: Attesting, ports: Ports) -> str:
    """Its id in GitHub's store; nothing where the registry keeps it and GitHub's plan does not."""
    try:
        return _patiently(lambda: ports.attestations.store(raw), ports)
    except AccessDenied as refused:
        said = refused.answer.words if refused.answer else ""
        if _UNAVAILABLE not in said.lower():
            raise refused.but(fix=plans.PERMISSIONS, code="ATTEST-PERMISSION") from refused
        if not plan.in_registry:
            why = f"{refused.why}; private repositories need GitHub Enterprise Cloud for that"
            raise refused.but(why=why, fix="attest-registry: true", code=_NO_PLAN) from refused
        log.info("GitHub keeps no attestations of this repository; the registry does.")
        return ""


def _patiently(call: Callable[[], str], ports: Ports) -> str:
    """Once more after a fault that may pass: the same bundle twice is no harm."""
    attempt = 0
    while True:
        try:
            return call()
        except Unavailable as fault:
            asked = fault.answer.retry_after if fault.answer else None
            wait = _PATIENCE.wait(attempt, ports.clock.jitter(), asked)
            if wait is None:
                raise
            log.info("%s; trying again in %.0f s", fault.why or fault.what, wait)
        ports.clock.sleep(wait)
        attempt += 1


def _hang(bundle: _Bundle, repository: Repository, ports: Ports) -> None:
    """Push a bundle as a referrer of each subject; a registry without the referrers API lists it
    under the fallback tag."""
    from ghcr_action.attestation import artifact

    for subject in bundle.subjects:
        made = artifact.manifest(bundle.raw, bundle.predicate_type, subject, ports.clock.now())
        for blob, content in zip(made.blobs, (artifact.EMPTY, bundle.raw), strict=True):
            if not ports.registry.has_blob(repository, blob.digest):
                ports.registry.put_blob(repository, blob, lambda held=content: _chunk(held))  # type: ignore[misc]
        ports.registry.put(repository.at(made.descriptor.digest), made)
        referrers.declare(ports.registry, repository, subject.digest, (made.descriptor,))


@contextmanager
def _chunk(content: bytes) -> Iterator[Iterator[bytes]]:
    yield iter((content,))


def _record(image: Image, ports: Ports) -> None:
    """Tell the organization; it is a courtesy, so that a failure is no more than a warning."""
    for repository in image.repositories:
        try:
            if ports.attestations.record(repository.at(image.root.digest)):
                log.info("The organization knows where %s is stored.", repository)
        except ActionError as failed:
            log.warning("%s", failed)


@contextmanager
def _understood(purpose: str) -> Iterator[None]:
    """Raise ContentInvalid where a service's answer can't be understood."""
    from ghcr_action.attestation.refused import Refused

    try:
        yield
    except Refused as cause:
        raise ContentInvalid(f"Could not {purpose}", why=cause.reason) from cause
