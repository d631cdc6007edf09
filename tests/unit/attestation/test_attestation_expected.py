"""Who must have signed: what a line may say, and whom it takes."""

from dataclasses import replace

import pytest

from ghcr_action.attestation.claims import Claims
from ghcr_action.attestation.expected import Expected, Signer, issuer
from ghcr_action.attestation.refused import Refused
from ghcr_action.errors import InvalidValue

GITHUB, COMMIT = "https://github.com", "b" * 40
CI = "octo/app/.github/workflows/ci.yml"
SHARED = "acme/flows/.github/workflows/publish.yml"
OWN = Claims(
    identity=f"{GITHUB}/{CI}@refs/heads/main",
    issuer="https://token.actions.githubusercontent.com",
    signer_digest=COMMIT,
    repository=f"{GITHUB}/Octo/App",
)
REUSED = replace(OWN, identity=f"{GITHUB}/{SHARED}@refs/tags/v1")


@pytest.mark.parametrize(
    ("text", "signer"),
    [
        ("Octo/App", Signer(repository="octo/app")),
        (CI, Signer(repository="octo/app", path=".github/workflows/ci.yml")),
        (
            f"{CI}@refs/heads/main",
            Signer(repository="octo/app", path=".github/workflows/ci.yml", ref="refs/heads/main"),
        ),
        (
            f"{CI}@{COMMIT}",
            Signer(repository="octo/app", path=".github/workflows/ci.yml", ref=COMMIT),
        ),
        (
            "octo/app/.github/workflows/sub/ci.yaml",
            Signer(repository="octo/app", path=".github/workflows/sub/ci.yaml"),
        ),
    ],
)
def test_signer__parses(text: str, signer: Signer) -> None:
    assert Signer.parse(text) == signer
    assert Signer.parse(str(signer)) == signer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("octo", "neither owner/repo nor"),
        ("octo/app/ci.yml", "neither owner/repo nor"),
        ("octo/app@main", "neither owner/repo nor"),
        ("https://github.com/octo/app", "neither owner/repo nor"),
        ("", "neither owner/repo nor"),
        (f"{CI}@main", "refs/heads/main or refs/tags/main"),
    ],
)
def test_signer__refuses(text: str, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        Signer.parse(text)


@pytest.mark.parametrize(
    ("lines", "claims"),
    [
        (("octo/app",), OWN),
        (("octo/app",), REUSED),
        ((CI,), OWN),
        ((f"{CI}@refs/heads/main",), OWN),
        ((f"{CI}@{COMMIT}",), OWN),
        (("other/one", "octo/app"), OWN),
        (("octo/app", SHARED), REUSED),
        (("octo/app", SHARED, CI), OWN),
        (("octo/app",), replace(OWN, issuer=f"{OWN.issuer}/acme")),
    ],
)
def test_expected__takes(lines: tuple[str, ...], claims: Claims) -> None:
    Expected(signers=tuple(map(Signer.parse, lines))).check(claims)


@pytest.mark.parametrize(
    ("lines", "claims", "reason"),
    [
        (("other/one",), OWN, "signed by a run of octo/app, not of other/one"),
        (("octo/app", SHARED), OWN, f"signed by {OWN.identity}, not by {SHARED}"),
        ((SHARED,), REUSED, "signed by a run of octo/app, not of acme/flows"),
        (("octo/app", f"{SHARED}@refs/tags/v2"), REUSED, "refs/tags/v1, not by"),
        ((f"{CI}@refs/tags/main",), OWN, "refs/heads/main, not by"),
        (("octo/app/.github/workflows/CI.yml",), OWN, "not by octo/app/.github/workflows/CI.yml"),
        (
            (CI, "evil/app/.github/workflows/ci.yml"),
            replace(OWN, identity=f"{GITHUB}/evil/app/.github/workflows/ci.yml@x"),
            "not by",
        ),
        (("octo/app",), replace(OWN, issuer=""), "by nobody, not by https://token.actions"),
        (
            ("octo/app",),
            replace(OWN, issuer="https://token.actions.githubusercontent.com.evil"),
            "not by https://token",
        ),
        (
            ("octo/app",),
            replace(OWN, repository="https://gitlab.com/octo/app"),
            "on another server, https://gitlab.com",
        ),
        (("octo/app",), replace(OWN, repository=""), "on another server, none"),
        (
            ("octo/app",),
            replace(OWN, repository=f"{GITHUB}/octo/app/x"),
            "signed by a run of octo/app/x",
        ),
    ],
)
def test_expected__refuses(lines: tuple[str, ...], claims: Claims, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        Expected(signers=tuple(map(Signer.parse, lines))).check(claims)

    assert reason in refused.value.reason


def test_issuer__of_a_tenant_is_its_own() -> None:
    assert issuer("https://octo.ghe.com") == "https://token.actions.octo.ghe.com"
