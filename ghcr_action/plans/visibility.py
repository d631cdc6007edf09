"""Whether a package can be seen by those who are meant to: pure decisions from what GitHub says
and what the public can do.

GitHub has no endpoint that changes a package's visibility, so that most of the work is to find out,
and to say who has to click where. Source:
https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility.
"""

from dataclasses import dataclass

from ghcr_action.diagnosis import links
from ghcr_action.diagnosis.known import Circumstances
from ghcr_action.errors import PolicyRefused
from ghcr_action.settings.visibility import Wanted
from ghcr_action.values.event import Event
from ghcr_action.values.github import Package
from ghcr_action.values.reference import Repository

DOCS = "https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility"
UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was found out about one package; each part may be unknown."""

    image: Repository
    package: Package | None = None
    """What GitHub says; None where it knows no such package, or does not tell this token."""
    is_readable: bool | None = None
    """Whether somebody without a login can pull; None where nobody could find out."""
    was_asked: bool = False
    """Whether GitHub was asked for another visibility since: what stands here was read after
    that."""
    is_elsewhere: bool = False
    """Whether it is at another registry than GitHub's, so that GitHub has nothing to say."""
    trouble: str = ""
    """Why GitHub's own answer is missing."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a person is told."""

    visibility: str
    """``public``, ``private``, ``internal`` or ``unknown``."""
    sentence: str
    problem: str = ""
    """Why this is not as it should be; empty where it is."""
    fix: str = ""
    package_url: str = ""
    notices: tuple[str, ...] = ()


def refusal(wanted: Wanted, image: Repository, package: Package | None) -> PolicyRefused | None:
    """Why nothing may be sent: what is pushed to a public package is public at once, and no public
    package ever becomes private."""
    if (
        wanted not in (Wanted.PRIVATE, Wanted.INTERNAL)
        or package is None
        or package.visibility != Wanted.PUBLIC
    ):
        return None
    return PolicyRefused(
        f"{image} is public, and `visibility: {wanted}` is asked for",
        why=(
            "a public package can never be made private again, and whatever is pushed to "
            "it is public at once: nothing was sent"
        ),
        fix=(
            "Publish under another name (`images`), or delete the package and push it "
            "anew. If it may be public: `visibility: public`."
        ),
        docs=DOCS,
    )


def change(wanted: Wanted, package: Package | None) -> str:
    """The visibility to ask GitHub for; empty where there is nothing to ask."""
    is_other = (
        package is not None
        and wanted is not Wanted.ANY
        and package.visibility not in (wanted, Wanted.PUBLIC)
    )
    return str(wanted) if is_other else ""


def judge(wanted: Wanted, seen: Seen, event: Event) -> Finding:
    """The finding; see the table in docs/visibility.md, which a test keeps equal to this."""
    actual = _actual(seen)
    problem = _problem(wanted, actual, seen)
    return Finding(
        visibility=actual,
        sentence=_sentence(actual, seen),
        problem=problem,
        fix=_fix(wanted, actual, seen, event) if problem else "",
        package_url=seen.package.html_url if seen.package else "",
        notices=_notices(seen, event),
    )


def _actual(seen: Seen) -> str:
    if seen.package and seen.package.visibility:
        return seen.package.visibility
    return str(Wanted.PUBLIC) if seen.is_readable else UNKNOWN


def _sentence(actual: str, seen: Seen) -> str:
    probe = {
        True: "a pull without a login works",
        False: "a pull without a login is refused",
        None: "whether a pull without a login works is unknown",
    }[seen.is_readable]
    if seen.is_elsewhere:
        return probe
    if seen.package and seen.package.visibility:
        return f"{actual}; {probe}"
    trouble = f" ({seen.trouble})" if seen.trouble else ""
    return f"GitHub does not say{trouble}; {probe}"


def _problem(wanted: Wanted, actual: str, seen: Seen) -> str:
    """Contradictions first: they are wrong whatever is wanted."""
    says = seen.package.visibility if seen.package else ""
    if says == Wanted.PUBLIC and seen.is_readable is False:
        return f"GitHub says that {seen.image} is public, and yet a pull without a login is refused"
    if says in (Wanted.PRIVATE, Wanted.INTERNAL) and seen.is_readable:
        return f"GitHub says that {seen.image} is {says}, and yet a pull without a login works"
    if wanted in (Wanted.ANY, actual):
        return ""
    if actual == UNKNOWN and seen.is_readable is False:
        return "" if wanted is Wanted.PRIVATE else f"{seen.image} is not public" + _unsaid(wanted)
    if actual == UNKNOWN:
        return f"Whether {seen.image} is {wanted} can't be found out"
    refused = ", and GitHub does not let it be changed by its API" if seen.was_asked else ""
    return f"{seen.image} is {actual}, not {wanted}{refused}"


def _unsaid(wanted: Wanted) -> str:
    return ", and whether it is internal GitHub does not say" if wanted is Wanted.INTERNAL else ""


def _fix(wanted: Wanted, actual: str, seen: Seen, event: Event) -> str:
    if seen.is_elsewhere:
        return f"Change it where {seen.image.registry} keeps its settings; GitHub has no say there."
    names = _circumstances(seen, event)
    settings = links.settings_url(names) or "the package's settings page"
    if actual == Wanted.PUBLIC and wanted not in (Wanted.ANY, Wanted.PUBLIC):
        return (
            "A public package can never be made private again: publish under another "
            "name, or delete the package."
        )
    if actual == UNKNOWN:
        return (
            "Give the job `packages: read`, so that GitHub can be asked; the "
            f"visibility itself is on {settings}."
        )
    if wanted is Wanted.ANY or wanted == actual:
        return f"Look at {settings}; right after a change both answers may differ for a while."
    policy = links.policy_url(names)
    hint = (
        (
            ' If the choice is greyed out, an owner has to allow it under "Package creation" '
            f"in {policy}."
        )
        if policy
        else ""
    )
    warning = " Public can't be taken back." if wanted is Wanted.PUBLIC else ""
    return (
        f'On {settings}, under "Danger Zone", choose "Change visibility": only a '
        f"person can.{warning}{hint}"
    )


def _notices(seen: Seen, event: Event) -> tuple[str, ...]:
    """A package without its link inherits neither access nor a place on the repository's page."""
    package = seen.package
    if package is None or seen.image.path.partition("/")[0] != event.owner.lower():
        return ()
    linked, ours = package.repository, event.repository
    if linked.lower() == ours.lower():
        return ()
    page = package.html_url or str(seen.image)
    if linked:
        return (
            (
                f"{seen.image} is linked to {linked}, not to {ours}: it takes its access from "
                f"there. Change it on {page}."
            ),
        )
    how = (
        f'Use "Connect repository" on {page}; the label '
        "`org.opencontainers.image.source` does it by itself at a first push."
    )
    return (
        (
            f"{seen.image} is linked to no repository, so that it inherits no access from "
            f"{ours}. {how}"
        ),
    )


def _circumstances(seen: Seen, event: Event) -> Circumstances:
    return Circumstances(
        image=seen.image,
        repository=event.repository,
        owner_type=event.owner_type,
        server_url=event.server_url,
        package_url=seen.package.html_url if seen.package else "",
    )
