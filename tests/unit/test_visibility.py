"""Every row of the table in docs/visibility.md, and the sentence a person reads in each."""

import re
from pathlib import Path

import pytest

from ghcr_action.plans import visibility
from ghcr_action.plans.visibility import Finding, Seen
from ghcr_action.settings.visibility import Wanted
from ghcr_action.values.github import Package
from ghcr_action.values.reference import Repository
from tests.fakes.events import push_event

IMAGE = Repository("ghcr.io", "octo/app")
PAGE = "https://github.com/orgs/octo/packages/container/package/app"
SETTINGS = "https://github.com/orgs/octo/packages/container/app/settings"
GREY = (
    ' If the choice is greyed out, an owner has to allow it under "Package creation" in '
    "https://github.com/organizations/octo/settings/packages."
)
DANGER = f'On {SETTINGS}, under "Danger Zone", choose "Change visibility": only a person can.'
TABLE = re.findall(
    (
        r"^\| (any|public|private|internal) \| (\S+) \| (works|refused|\?) \| (\S+) \| "
        r"(fine|problem|refused before anything is sent) \|$"
    ),
    (Path(__file__).parents[2] / "docs/visibility.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
PROBE = {"works": True, "refused": False, "?": None}


def package(says: str, repository: str = "octo/app") -> Package | None:
    return None if says == "?" else Package(visibility=says, html_url=PAGE, repository=repository)


def find(
    wanted: str, says: str, probe: str, *, was_asked: bool = False, trouble: str = "", **event: str
) -> Finding:
    seen = Seen(
        image=IMAGE,
        package=package(says),
        is_readable=PROBE[probe],
        was_asked=was_asked,
        trouble=trouble,
    )
    return visibility.judge(Wanted(wanted), seen, push_event(**event))


def test_table__has_every_row() -> None:
    assert len(TABLE) == 26


@pytest.mark.parametrize(
    ("wanted", "says", "probe", "output", "end"), TABLE, ids=[" ".join(row[:3]) for row in TABLE]
)
def test_judge__as_the_page_says(wanted: str, says: str, probe: str, output: str, end: str) -> None:
    found = find(wanted, says, probe)

    refused = visibility.refusal(Wanted(wanted), IMAGE, package(says))
    assert (bool(refused), found.visibility) == (end.startswith("refused"), output)
    if not refused:
        assert bool(found.problem) == bool(found.fix) == (end == "problem")


@pytest.mark.parametrize(
    ("wanted", "says", "probe", "problem", "fix"),
    [
        (
            "public",
            "private",
            "refused",
            (
                "ghcr.io/octo/app is private, not public, and GitHub does not let it be "
                "changed by its API"
            ),
            f"{DANGER} Public can't be taken back.{GREY}",
        ),
        (
            "private",
            "internal",
            "refused",
            (
                "ghcr.io/octo/app is internal, not private, and GitHub does not let it be "
                "changed by its API"
            ),
            f"{DANGER}{GREY}",
        ),
        (
            "any",
            "public",
            "refused",
            (
                "GitHub says that ghcr.io/octo/app is public, and yet a pull without a login "
                "is refused"
            ),
            f"Look at {SETTINGS}; right after a change both answers may differ for a while.",
        ),
        (
            "private",
            "private",
            "works",
            "GitHub says that ghcr.io/octo/app is private, and yet a pull without a login works",
            f"Look at {SETTINGS}; right after a change both answers may differ for a while.",
        ),
        (
            "private",
            "?",
            "works",
            (
                "ghcr.io/octo/app is public, not private, and GitHub does not let it be "
                "changed by its API"
            ),
            (
                "A public package can never be made private again: publish under another "
                "name, or delete the package."
            ),
        ),
        (
            "public",
            "?",
            "refused",
            "ghcr.io/octo/app is not public",
            (
                "Give the job `packages: read`, so that GitHub can be asked; the visibility "
                f"itself is on {SETTINGS}."
            ),
        ),
        (
            "internal",
            "?",
            "refused",
            "ghcr.io/octo/app is not public, and whether it is internal GitHub does not say",
            (
                "Give the job `packages: read`, so that GitHub can be asked; the visibility "
                f"itself is on {SETTINGS}."
            ),
        ),
        (
            "public",
            "?",
            "?",
            "Whether ghcr.io/octo/app is public can't be found out",
            (
                "Give the job `packages: read`, so that GitHub can be asked; the visibility "
                f"itself is on {SETTINGS}."
            ),
        ),
    ],
)
def test_judge__words(wanted: str, says: str, probe: str, problem: str, fix: str) -> None:
    found = find(wanted, says, probe, was_asked=True)

    assert (found.problem, found.fix) == (problem, fix)


def test_judge__a_users_package_has_no_policy_and_an_unknown_owner_no_link() -> None:
    seen = Seen(image=IMAGE, package=Package(visibility="private"), is_readable=False)

    user = visibility.judge(Wanted.PUBLIC, seen, push_event(owner_type="User"))
    nobody = visibility.judge(Wanted.PUBLIC, seen, push_event(owner_type=""))

    page = "https://github.com/users/octo/packages/container/app/settings"
    danger = (
        'under "Danger Zone", choose "Change visibility": only a person can. Public '
        "can't be taken back."
    )
    assert (user.problem, user.fix) == (
        "ghcr.io/octo/app is private, not public",
        f"On {page}, {danger}",
    )
    assert nobody.fix == f"On the package's settings page, {danger}"


@pytest.mark.parametrize(
    ("says", "probe", "trouble", "sentence"),
    [
        ("public", "works", "", "public; a pull without a login works"),
        ("private", "refused", "", "private; a pull without a login is refused"),
        ("internal", "?", "", "internal; whether a pull without a login works is unknown"),
        ("?", "works", "", "GitHub does not say; a pull without a login works"),
        (
            "?",
            "?",
            "Could not ask",
            "GitHub does not say (Could not ask); whether a pull without a login works is unknown",
        ),
    ],
)
def test_sentence__both_sources(says: str, probe: str, trouble: str, sentence: str) -> None:
    assert find("any", says, probe, trouble=trouble).sentence == sentence


@pytest.mark.parametrize(
    ("linked", "owner", "notices"),
    [
        ("octo/app", "octo", ()),
        ("Octo/App", "octo", ()),
        (
            "",
            "octo",
            (
                (
                    "ghcr.io/octo/app is linked to no repository, so that it inherits no access from octo/app. "
                    f'Use "Connect repository" on {PAGE}; the label `org.opencontainers.image.source` does it by itself at a first push.'
                ),
            ),
        ),
        (
            "octo/old",
            "octo",
            (
                (
                    "ghcr.io/octo/app is linked to octo/old, not to octo/app: it takes its "
                    f"access from there. Change it on {PAGE}."
                ),
            ),
        ),
        ("", "somebody", ()),
    ],
    ids=["ours", "other case", "none", "other", "not our package"],
)
def test_notices__of_the_link(linked: str, owner: str, notices: tuple[str, ...]) -> None:
    seen = Seen(
        image=IMAGE, package=Package(visibility="private", html_url=PAGE, repository=linked)
    )

    assert (
        visibility.judge(Wanted.ANY, seen, push_event(repository=f"{owner}/app")).notices == notices
    )


def test_refusal__whole() -> None:
    assert str(visibility.refusal(Wanted.PRIVATE, IMAGE, package("public"))) == (
        "ghcr.io/octo/app is public, and `visibility: private` is asked for\n"
        "Why: a public package can never be made private again, and whatever is pushed to it is public at once: nothing was sent\n"
        "Fix: Publish under another name (`images`), or delete the package and push it anew. If it may be public: `visibility: public`.\n"
        "https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility"
    )


@pytest.mark.parametrize(
    ("wanted", "says", "asked"),
    [
        ("any", "private", ""),
        ("public", "private", "public"),
        ("internal", "private", "internal"),
        ("private", "internal", "private"),
        ("private", "private", ""),
        ("private", "public", ""),
        ("public", "?", ""),
    ],
)
def test_change__is_asked_for_only_where_it_can_help(wanted: str, says: str, asked: str) -> None:
    assert visibility.change(Wanted(wanted), package(says)) == asked


def test_judge__another_registry_is_not_githubs() -> None:
    seen = Seen(image=Repository("quay.io", "octo/app"), is_readable=False, is_elsewhere=True)

    assert visibility.judge(Wanted.PUBLIC, seen, push_event()) == Finding(
        visibility="unknown",
        sentence="a pull without a login is refused",
        problem="quay.io/octo/app is not public",
        fix="Change it where quay.io keeps its settings; GitHub has no say there.",
    )
