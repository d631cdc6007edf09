"""The pattern of build-push-action's users for many runners, as they write it."""

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.settings import digest_outputs
from ghcr_action.settings.digest_outputs import Outputs

READ = "`outputs` with push-by-digest=true is read as `push-by-digest: true`."
APP = "ghcr.io/octo/app"


@pytest.mark.parametrize(
    ("items", "outputs"),
    [
        pytest.param((), Outputs(), id="none"),
        pytest.param(
            ("type=local,dest=out", "out"),
            Outputs(rest=("type=local,dest=out", "out")),
            id="others",
        ),
        pytest.param(
            ("type=image,push-by-digest=false",),
            Outputs(rest=("type=image,push-by-digest=false",)),
            id="switched-off",
        ),
        pytest.param(
            (f"type=image,name={APP},push-by-digest=true,name-canonical=true,push=true",),
            Outputs(by_digest=True, names=(APP,), notices=(READ,)),
            id="with-a-name",
        ),
        pytest.param(
            (
                f'type=image,"name={APP},docker.io/octo/app",push-by-digest=true,push=true',
                "type=local,dest=out",
            ),
            Outputs(
                rest=("type=local,dest=out",),
                by_digest=True,
                names=(APP, "docker.io/octo/app"),
                notices=(READ,),
            ),
            id="two-names-and-another-output",
        ),
        pytest.param(
            ("type=registry,push-by-digest=true",),
            Outputs(by_digest=True, notices=(READ,)),
            id="registry-pushes",
        ),
        pytest.param(
            ("type=image,push-by-digest=true,push=false",),
            Outputs(by_digest=True, is_pushed=False, notices=(READ,)),
            id="no-push",
        ),
        pytest.param(
            ("type=image,push-by-digest=true",),
            Outputs(by_digest=True, is_pushed=False, notices=(READ,)),
            id="push-not-given",
        ),
        pytest.param(
            ("type=image,push-by-digest=true,push=true,compression=zstd",),
            Outputs(
                by_digest=True,
                notices=(
                    READ,
                    "`outputs`: compression is left out, it has no effect on a push by digest.",
                ),
            ),
            id="more-than-we-do",
        ),
    ],
)
def test_digest_outputs__read(items: tuple[str, ...], outputs: Outputs) -> None:
    assert digest_outputs.read(items) == outputs


def test_digest_outputs__a_broken_quote_is_told() -> None:
    with pytest.raises(SettingsError, match="`outputs`"):
        digest_outputs.read(('type=image,"name=a',))
