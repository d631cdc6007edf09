"""Packages as hypothesis draws them, and rules for them: for the plan alone, and for the whole
mode."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

from ghcr_action.values.oci import Index, Manifest
from tests.fakes.images import digest_tag, index, manifest
from tests.fakes.retention import LOOSE, rules

TAGS = ("v1", "v2", "latest", "pr-1", "pr-2", "main", "nightly")
GLOBS = (*TAGS, "v*", "pr-*", "*", "sha256-*")
WORDS = (
    "untagged",
    "tagged",
    "closed-pull-requests",
    "ghosts",
    "partials",
    "orphans",
    *GLOBS,
)


@dataclass(frozen=True, kw_only=True)
class Push:
    """One manifest with its tags, ``days`` old; a hidden one is in the registry and not in GitHub's
    list."""

    document: Manifest | Index
    tags: tuple[str, ...]
    days: int
    is_hidden: bool


@st.composite
def pushes(draw: st.DrawFn) -> list[Push]:
    """Manifests, indexes of earlier ones, nested, with subjects and digest tags of earlier ones,
    gone ones and later ones."""
    documents: list[Manifest | Index] = [manifest("gone")]
    made, free = list[Push](), list(TAGS)
    for number in range(draw(st.integers(1, 12))):
        below = draw(
            st.lists(
                st.sampled_from(documents),
                max_size=3,
                unique_by=lambda each: each.annotations["name"],
            )
        )
        subject = draw(st.none() | st.sampled_from(documents))
        layers = {draw(st.sampled_from("abc")): 10} if not below else None
        document = (
            index(str(number), *below, subject=subject)
            if below
            else manifest(str(number), subject=subject, layers=layers)
        )
        tags = [
            free.pop(draw(st.integers(0, len(free) - 1)))
            for _ in range(draw(st.integers(0, min(2, len(free)))))
        ]
        if draw(st.booleans()) and draw(st.booleans()):
            tags.append(
                digest_tag(draw(st.sampled_from(documents)), draw(st.sampled_from(("", ".sig"))))
            )
        is_hidden = draw(st.integers(0, 9)) == 0
        made.append(
            Push(
                document=document,
                tags=tuple(tags),
                days=draw(st.integers(0, 40)),
                is_hidden=is_hidden,
            )
        )
        documents.append(document)
    return made


RULES = st.builds(
    rules,
    remove=st.lists(st.sampled_from(WORDS), max_size=3, unique=True).map(tuple),
    keep_tags=st.lists(st.sampled_from(GLOBS), max_size=2, unique=True).map(tuple),
    keep_last=st.integers(0, 3),
    keep_last_untagged=st.integers(0, 2),
    keep_younger_than=st.integers(0, 30).map(lambda days: timedelta(days=days)),
    brake=st.just(LOOSE),
)
