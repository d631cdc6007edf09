"""`mode: visibility` over working fakes: what is asked, in which order, and what a person reads."""

import logging
from dataclasses import replace

import pytest

from ghcr_action.errors import AccessDenied, PolicyRefused, SettingsError, Unavailable
from ghcr_action.modes import visibility
from ghcr_action.plans.visibility import Finding
from ghcr_action.ports import Ports
from ghcr_action.settings import parse
from ghcr_action.settings.visibility import VisibilitySettings
from ghcr_action.values.github import Package
from ghcr_action.values.reference import Reference
from tests.fakes import ports as fakes
from tests.fakes.engine import NATIVE, image
from tests.fakes.events import push_event
from tests.fakes.github import FakeGitHub
from tests.fakes.registry import Contents, FakeRegistry
from tests.fakes.runner import FakeRunner

APP = Reference.parse("ghcr.io/octo/app:latest")
PAGE = "https://github.com/orgs/octo/packages/container/package/app"


class World:
    def __init__(self, says: str = "", *, is_public: bool = False) -> None:
        self.github = FakeGitHub()
        if says:
            self.github.packages["octo/app"] = Package(
                visibility=says, html_url=PAGE, repository="octo/app"
            )
        self.anonymous = FakeRegistry(
            unreadable=frozenset() if is_public else frozenset({"ghcr.io/octo/app"})
        )
        root, _ = image([NATIVE])
        digest = root.descriptor.digest
        assert APP.tag
        self.anonymous.repositories[APP.repository] = Contents(
            manifests={digest: root}, tags={APP.tag: digest}
        )
        self.runner = FakeRunner()
        self.ports: Ports = fakes.make(
            github=self.github, anonymous=self.anonymous, runner=self.runner
        )

    def look(self, **given: str) -> tuple[Finding, ...]:
        texts = {"mode": "visibility", "github-token": "t"} | {
            name.replace("_", "-"): text for name, text in given.items()
        }
        settings = parse.settings(texts, {}, push_event())[0]
        assert isinstance(settings, VisibilitySettings)
        return visibility.run(settings, self.ports)


def test_visibility__public_and_seen_to_be() -> None:
    world = World("public", is_public=True)

    (found,) = world.look(visibility="public", visibility_check="fail")

    assert found == Finding(
        visibility="public", sentence="public; a pull without a login works", package_url=PAGE
    )
    assert world.runner.outputs == {"visibility": "public", "package-url": PAGE}
    assert world.github.calls == ["package octo/app"]
    assert world.runner.summaries == [
        (
            "## Visibility\n\n| Image | Visibility | Seen |\n| :-- | :-- | :-- |\n"
            "| `ghcr.io/octo/app` | public | public; a pull without a login works |\n\n"
        )
    ]


def test_visibility__the_write_is_tried_and_only_a_second_read_believed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World("private")

    (found,) = world.look(visibility="public")

    assert world.github.calls == ["package octo/app", "change octo/app public", "package octo/app"]
    assert world.runner.outputs["visibility"] == "private"
    warnings = [
        record.getMessage() for record in caplog.records if record.levelno == logging.WARNING
    ]
    assert warnings == [f"{found.problem}. {found.fix}"]
    assert found.problem == (
        "ghcr.io/octo/app is private, not public, and GitHub does not let it be changed by its API"
    )
    assert "⚠️ ghcr.io/octo/app is private, not public" in world.runner.summaries[0]


def test_visibility__a_server_of_the_future_changes_it() -> None:
    world = World("private", is_public=True)
    world.github.changes_visibility = True

    (found,) = world.look(visibility="public", visibility_check="fail")

    assert (found.visibility, found.problem) == ("public", "")


def test_visibility__fails_where_it_is_asked_to_and_reports_before() -> None:
    world = World("private")

    with pytest.raises(PolicyRefused) as raised:
        world.look(visibility="public", visibility_check="fail")

    assert raised.value.what == (
        "ghcr.io/octo/app is private, not public, and GitHub does not let it be changed by its API"
    )
    assert raised.value.why == "private; a pull without a login is refused"
    assert world.runner.outputs["visibility"] == "private"


@pytest.mark.parametrize("wanted", ["private", "internal"])
@pytest.mark.parametrize("check", ["warn", "fail"])
def test_visibility__private_on_a_public_package_is_refused_before_anything_is_sent(
    wanted: str, check: str
) -> None:
    world = World("public", is_public=True)

    with pytest.raises(PolicyRefused, match="is public, and"):
        world.look(visibility=wanted, visibility_check=check)

    assert world.github.calls == ["package octo/app"]
    assert world.anonymous.calls == []


def test_visibility__dry_run_changes_nothing() -> None:
    world = World("private")

    world.look(visibility="public", dry_run="true")

    assert world.github.calls == ["package octo/app"]


@pytest.mark.parametrize(
    "error", [Unavailable("GitHub is down"), AccessDenied("No permission")], ids=["down", "refused"]
)
def test_visibility__without_github_the_probe_still_tells(error: Exception) -> None:
    world = World(is_public=True)
    world.github.unavailable = error

    (found,) = world.look(visibility="public", visibility_check="fail")

    assert found == Finding(
        visibility="public", sentence=f"GitHub does not say ({error}); a pull without a login works"
    )


def test_visibility__a_write_that_breaks_off_is_no_failure() -> None:
    class Torn(FakeGitHub):
        def change_visibility(self, repository: object, visibility: str) -> bool:
            raise Unavailable("torn")

    world = World("private")
    world.ports = replace(world.ports, github=Torn(packages=world.github.packages))

    assert world.look(visibility="public")[0].visibility == "private"


def test_visibility__of_another_registry_is_what_the_public_can_pull() -> None:
    world = World("private")

    (found,) = world.look(tags="quay.io/octo/app:1")

    assert found == Finding(
        visibility="unknown",
        sentence="whether a pull without a login works is unknown",
    )
    assert world.github.calls == []
    assert world.runner.outputs == {"visibility": "unknown", "package-url": ""}


def test_visibility__a_registry_that_does_not_answer() -> None:
    world = World("public", is_public=True)
    world.anonymous.faults["head", str(APP)] = Unavailable("no answer")

    assert world.look()[0].sentence == "public; whether a pull without a login works is unknown"


def test_visibility__summary_can_be_left_out_and_a_missing_link_is_told() -> None:
    world = World("public", is_public=True)
    world.github.packages["octo/app"] = replace(world.github.packages["octo/app"], repository="")

    assert "linked to no repository" in world.look(summary="false")[0].notices[0]
    assert world.runner.summaries == []
    world.look()
    assert "\n> ghcr.io/octo/app is linked to no repository" in world.runner.summaries[0]


def test_visibility__names_are_checked() -> None:
    with pytest.raises(SettingsError, match="`visibility` is 'secret'"):
        World().look(visibility="secret")
    with pytest.raises(SettingsError, match="is not a repository"):
        World().look(images="ghcr.io/octo//app")


def test_visibility__private_as_wanted() -> None:
    assert World("private").look(visibility="private", visibility_check="fail")[0].problem == ""
