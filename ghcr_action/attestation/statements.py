"""in-toto statements: that something is so of these digests.

Source: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ghcr_action.attestation import document
from ghcr_action.attestation.document import Node
from ghcr_action.attestation.refused import need
from ghcr_action.values.oci import dump
from ghcr_action.values.reference import Digest, Repository

PROVENANCE = "https://slsa.dev/provenance/v1"
SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
"""What ``cosign verify`` and ``docker buildx build --policy`` look for: that somebody signed this.
"""
_STATEMENT = "https://in-toto.io/Statement/v1"
_STATEMENTS = (_STATEMENT, "https://in-toto.io/Statement/v0.1")
MOST_SUBJECTS = 1024
"""Subjects that GitHub's API takes."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a statement is about: a name, for people, and a digest, which decides."""

    name: str
    digest: Digest


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What was signed, once its signature is known to fit."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Node = field(repr=False)

    def is_about(self, digest: Digest) -> bool:
        """Whether this digest is one of its subjects."""
        return any(each.digest == digest for each in self.subjects)


def parse(payload: bytes) -> Statement:
    """A statement from its JSON; subjects without a sha256 or sha512 digest are left out. Raises
    Refused.
    """
    found = document.read(payload, "the statement")
    kind = found.member("_type").text
    need(kind in _STATEMENTS, f"the statement is of the kind {kind[:80]!r}, which is not known")
    listed = found.items("subject", most=MOST_SUBJECTS)
    subjects = tuple(subject for each in listed for subject in _subjects(each))
    need(subjects, "the statement is about nothing")
    predicate = found.find("predicate") or Node(value={}, path="the statement.predicate")
    return Statement(
        subjects=subjects,
        predicate_type=found.member("predicateType").text,
        predicate=predicate,
    )


def build(
    subjects: Iterable[Subject], predicate_type: str, predicate: Mapping[str, object]
) -> bytes:
    """A statement's JSON, as it is signed."""
    listed = tuple(subjects)
    need(0 < len(listed) <= MOST_SUBJECTS, f"a statement about {len(listed)} subjects")
    return dump({
        "_type": _STATEMENT,
        "subject": [
            {"name": each.name, "digest": {each.digest.algorithm: each.digest.encoded}}
            for each in listed
        ],
        "predicateType": predicate_type,
        "predicate": predicate,
    })  # fmt: skip


def subjects(repositories: Iterable[Repository], digests: Iterable[Digest]) -> tuple[Subject, ...]:
    """Each digest under the name of each repository, which has no tag: a tag may move."""
    wanted = tuple(digests)
    return tuple(
        Subject(name=str(repository), digest=digest)
        for repository in repositories
        for digest in wanted
    )


def _subjects(node: Node) -> Iterable[Subject]:
    name = document.text(node, "name")
    for algorithm, encoded in node.member("digest").entries():
        if digest := Digest.find(f"{algorithm}:{encoded.text}"):
            yield Subject(name=name, digest=digest)
