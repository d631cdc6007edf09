"""What a person is told of who can see a package, whole: golden/visibility.txt holds every field
of every row of the table in docs/visibility.md."""

from itertools import product

from ghcr_action.plans import visibility
from ghcr_action.plans.visibility import Finding, Seen
from ghcr_action.settings.visibility import Wanted
from ghcr_action.values.github import Package
from tests.fakes.events import push_event
from tests.unit.plans import whole
from tests.unit.plans.given import APP

FILE = "visibility.txt"
SAYS = ("public", "private", "internal", "?")
PROBES = {"works": True, "refused": False, "?": None}
PAGE = "https://github.com/orgs/octo/packages/container/package/app"


def _seen(says: str, probe: str) -> Seen:
    package = Package(visibility=says, html_url=PAGE, repository="octo/app")
    return Seen(image=APP, package=None if says == "?" else package, is_readable=PROBES[probe])


MORE = {
    "linked elsewhere": Seen(
        image=APP, package=Package(visibility="public", repository="octo/other"), is_readable=True
    ),
    "linked to nothing": Seen(image=APP, package=Package(visibility="public"), is_readable=True),
    "at another registry": Seen(image=APP, is_readable=False, is_elsewhere=True),
    "asked to change": Seen(
        image=APP,
        package=Package(visibility="private", repository="octo/app"),
        is_readable=False,
        was_asked=True,
    ),
    "GitHub gave no answer": Seen(image=APP, trouble="GitHub gave 502"),
}


def planned() -> dict[str, Finding]:
    """Every row."""
    table = {
        f"{wanted} wanted, GitHub says {says}, a pull without a login: {probe}": visibility.judge(
            wanted, _seen(says, probe), push_event()
        )
        for wanted, says, probe in product(Wanted, SAYS, PROBES)
    }
    more = {
        title: visibility.judge(Wanted.PUBLIC, seen, push_event()) for title, seen in MORE.items()
    }
    return table | more


def test_judge__the_whole_finding_of_each_row() -> None:
    assert whole.rows(planned()) == whole.read(FILE)
