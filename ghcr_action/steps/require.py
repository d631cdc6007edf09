"""Whether an image that exists was signed by who is expected: every attestation of it that
GitHub's store and the registry have, each judged, the reason of each that does not count."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ghcr_action.attestation import artifact, cosign, statements, verified
from ghcr_action.attestation.expected import Expected
from ghcr_action.attestation.found import Found
from ghcr_action.attestation.keys import PublicKey
from ghcr_action.attestation.refused import Refused
from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    NotFound,
    PolicyRefused,
    SettingsError,
    Unavailable,
    coded,
)
from ghcr_action.ports import Ports
from ghcr_action.settings.attest import Requirement
from ghcr_action.steps import trust
from ghcr_action.steps.trust import Judge
from ghcr_action.values.oci import Descriptor, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository

log = logging.getLogger(__name__)

_GITHUB, _REGISTRY = "GitHub's store", "the registry"
_SHOWN = 8
"""Reasons that an error lists."""
_READ = "permissions:\n  attestations: read"


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A bundle that may be what is wanted, or why a place could not be asked."""

    place: str
    raw: bytes = b""
    trouble: ActionError | None = None


def check(image: Reference, requirement: Requirement, ports: Ports) -> Found | None:
    """The attestation of ``name@digest`` that counts; None where none is required.

    Raises PolicyRefused where there is none, with the reason for each that was passed over;
    Unavailable or AccessDenied where a place that may have it could not be asked.
    """
    expected = requirement.expected
    if expected is None or image.digest is None:
        return None
    try:
        judge = _judge(requirement, ports, is_fresh=True)
    except ActionError as failed:
        raise coded(failed, "ATTESTATION-UNKNOWN") from failed
    passed: list[Found] = []
    troubles: list[ActionError] = []
    for candidate in _candidates(image.repository, image.digest, expected, ports):
        if candidate.trouble:
            troubles.append(candidate.trouble)
            continue
        found = _judged(candidate, image.digest, judge, expected)
        if _counts(found):
            log.info("%s is attested by %s, in %s.", image, found.signer, found.place)
            return found
        passed.append(found)
    raise _refusal(image, expected, passed, troubles)


def look(image: Reference, requirement: Requirement, ports: Ports) -> tuple[Found, ...]:
    """Every attestation of ``name@digest``, also those that prove nothing, with the reason.

    GitHub's store is asked only where a repository is named. Raises no PolicyRefused.
    """
    if image.digest is None:
        return ()
    expected = requirement.expected
    listed = tuple(_candidates(image.repository, image.digest, expected, ports))
    if not listed and not requirement.key:
        return ()
    judge = _judge(requirement, ports, is_fresh=bool(expected))
    found = [_seen(each, image.digest, judge, expected) for each in listed]
    if requirement.key:
        key = _key(requirement.key, ports)
        pairs = zip(found, listed, strict=True)
        found = [_by_key(seen, each.raw, key, image.digest) for seen, each in pairs]
        found += _layers(image.repository, image.digest, key, ports)
    return tuple(found)


def settle(image: Reference, found: Iterable[Found], requirement: Requirement) -> None:
    """Raise PolicyRefused where one is required, and none of these counts."""
    listed = list(found)
    if requirement.expected and not any(map(_counts, listed)):
        raise _refusal(image, requirement.expected, listed, [])


def _counts(found: Found) -> bool:
    return not found.problem and found.predicate_type == statements.PROVENANCE


def _judge(requirement: Requirement, ports: Ports, *, is_fresh: bool) -> Judge:
    config = trust.read_config(requirement.config, ports)
    return Judge(ports, config.trusted_root if config else b"", is_fresh=is_fresh)


def _seen(candidate: _Candidate, digest: Digest, judge: Judge, expected: Expected | None) -> Found:
    """What a candidate is, also where it could not be read or judged."""
    try:
        if candidate.trouble:
            raise candidate.trouble
        return _judged(candidate, digest, judge, expected)
    except ActionError as trouble:
        return Found(place=candidate.place, problem=trouble.why or trouble.what)


def _judged(
    candidate: _Candidate, digest: Digest, judge: Judge, expected: Expected | None
) -> Found:
    found = Found(place=candidate.place)
    try:
        held = judge.verify(candidate.raw)
        claims = held.claims
        found = Found(
            place=candidate.place,
            signer=claims.identity,
            repository=claims.repository_name,
            commit=claims.commit,
            run=claims.run,
            predicate_type=held.statement.predicate_type,
            at=f"{held.at:%Y-%m-%d %H:%M:%S} UTC",
        )
        verified.check(held, digest, expected=expected)
    except Refused as refused:
        return replace(found, problem=refused.reason)
    return found


def _candidates(
    repository: Repository, digest: Digest, expected: Expected | None, ports: Ports
) -> Iterator[_Candidate]:
    """GitHub's store first, which is one request; a place that fails is told, the next asked."""
    for name in sorted(expected.repositories) if expected else ():
        try:
            for raw in ports.attestations.bundles(name, digest):
                yield _Candidate(place=_GITHUB, raw=raw)
        except ActionError as trouble:
            yield _Candidate(place=_GITHUB, trouble=trouble)
    try:
        for referrer in _referrers(repository, digest, ports):
            if raw := _read(repository, referrer, ports):
                yield _Candidate(place=_REGISTRY, raw=raw)
    except ActionError as trouble:
        yield _Candidate(place=_REGISTRY, trouble=trouble)


def _referrers(repository: Repository, digest: Digest, ports: Ports) -> tuple[Descriptor, ...]:
    listed = ports.registry.referrers(repository, digest)
    return tuple(filter(artifact.may_hold, listed))[: artifact.MOST]


def _read(repository: Repository, referrer: Descriptor, ports: Ports) -> bytes:
    """The bundle of a referrer; nothing where it is none, or gone."""
    found = ports.registry.manifest(repository.at(referrer.digest))
    blob = artifact.bundle_of(found) if isinstance(found, Manifest) else None
    return _content(repository, blob, ports) if blob else b""


def _content(repository: Repository, blob: Descriptor, ports: Ports) -> bytes:
    if blob.size > artifact.LARGEST:
        return b""
    try:
        with ports.registry.read_blob(repository, blob) as chunks:
            return b"".join(chunks)
    except NotFound:
        return b""


def _key(text: str, ports: Ports) -> PublicKey:
    """The key itself, or the file of the workspace that has it. Raises SettingsError."""
    from pathlib import PurePosixPath

    pem: bytes | None = text.encode()
    if "-----BEGIN" not in text:
        pem = ports.workspace.read(PurePosixPath(text)) if ports.workspace.contains(text) else None
    try:
        return cosign.load(pem or b"")
    except Refused as refused:
        why = f"{refused.reason}, nor a file of the workspace that has one"
        raise SettingsError("`cosign-key` can't be read", why=why) from refused


def _by_key(found: Found, raw: bytes, key: PublicKey, digest: Digest) -> Found:
    """What was found, in the light of a key: a signature that names nobody may be its own."""
    try:
        kind = cosign.check_bundle(raw, key, digest) if raw else ""
    except Refused:
        return found
    return replace(found, signer=cosign.OWNER, predicate_type=kind, problem="") if kind else found


def _layers(
    repository: Repository, digest: Digest, key: PublicKey, ports: Ports
) -> Iterator[Found]:
    """Signatures under cosign's tag."""
    held = ports.registry.manifest(repository.tag(cosign.tag(digest)))
    layers = held.layers[: artifact.MOST] if isinstance(held, Manifest) else ()
    for layer in layers:
        if layer.media_type != cosign.LAYER:
            continue
        place = "cosign's tag"
        try:
            signature = layer.annotations.get(cosign.SIGNATURE, "")
            payload = _content(repository, layer, ports)
            cosign.check_layer(payload, signature, key, digest)
        except Refused as refused:
            yield Found(place=place, problem=refused.reason)
        else:
            yield Found(place=place, signer=cosign.OWNER, predicate_type=statements.SIGNATURE)


def _refusal(
    image: Reference, expected: Expected, passed: list[Found], troubles: list[ActionError]
) -> ActionError:
    named = ", ".join(map(str, expected.signers))
    reasons = [f"{each.place}: {_reason(each)}" for each in passed[:_SHOWN]]
    reasons += [each.why or each.what for each in troubles]
    what = f"{image} has no attestation by {named}"
    why = "; ".join(reasons) or "neither GitHub's store nor the registry has one"
    if troubles:
        kind = AccessDenied if isinstance(troubles[0], AccessDenied) else Unavailable
        fix = _READ if kind is AccessDenied else "Run again."
        return kind(what, why=why, fix=fix, code="ATTESTATION-UNKNOWN")
    fix = "Publish it with `attest: true`, or name in `require-attestation` who may sign."
    return PolicyRefused(what, why=why, fix=fix, code="ATTESTATION-REQUIRED")


def _reason(found: Found) -> str:
    return found.problem or f"it states {found.predicate_type}, not {statements.PROVENANCE}"
