"""The settings of the modes that need no build."""

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.values.secret import Secret
from tests.fakes.events import push_event
from tests.flow.existing import settings

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("mode", "given"),
    [
        ("promote", {"source": ":1", "tags": "x"}),
        ("merge", {"tags": "x", "digests": DIGEST}),
        ("inspect", {}),
        ("pull", {}),
    ],
    ids=["promote", "merge", "inspect", "pull"],
)
def test_settings__every_login_is_masked(mode: str, given: dict[str, str]) -> None:
    assert Secret("hunter2") in settings(mode, password="hunter2", **given).secrets


def test_settings__capitals_are_told() -> None:
    assert settings("promote", source=":1", tags="ghcr.io/Octo/App:x").notices == (
        "Repository names are lower case: ghcr.io/Octo/App:x is published as ghcr.io/octo/app:x.",
    )


@pytest.mark.parametrize("mode", ["inspect", "pull", "promote"])
def test_settings__an_address_is_no_name(mode: str) -> None:
    tags = {"tags": "x"} if mode == "promote" else {}

    with pytest.raises(SettingsError, match="an address, not a name; write ghcr"):
        settings(mode, source="docker://ghcr.io/a/b:1", **tags)


def test_settings__a_digest_without_a_repository() -> None:
    with pytest.raises(SettingsError):
        settings("merge", push_event(repository=""), digests=DIGEST)
