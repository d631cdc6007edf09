"""Links, waits and redaction: the small readings and writings of the diagnosis."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.diagnosis.known import Circumstances
from ghcr_action.diagnosis.links import policy_url, settings_url
from ghcr_action.diagnosis.redaction import redact
from ghcr_action.values.patience import wait_in
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

ORGANIZATION = Circumstances(
    image=Repository("ghcr.io", "acme/tools/app"),
    repository="Acme/tools",
    owner_type="Organization",
)
USER = replace(ORGANIZATION, owner_type="User")


@pytest.mark.parametrize(
    ("context", "settings", "policy"),
    [
        pytest.param(
            ORGANIZATION,
            "https://github.com/orgs/acme/packages/container/tools%2Fapp/settings",
            "https://github.com/organizations/Acme/settings/packages",
            id="organization",
        ),
        pytest.param(
            USER,
            "https://github.com/users/acme/packages/container/tools%2Fapp/settings",
            "",
            id="user",
        ),
        pytest.param(
            replace(ORGANIZATION, server_url="https://github.example"),
            "https://github.example/orgs/acme/packages/container/tools%2Fapp/settings",
            "https://github.example/organizations/Acme/settings/packages",
            id="enterprise server",
        ),
        pytest.param(replace(ORGANIZATION, owner_type=""), "", "", id="owner's kind unknown"),
        pytest.param(
            replace(ORGANIZATION, image=Repository("ghcr.io", "other/app")),
            "",
            "",
            id="another owner",
        ),
        pytest.param(
            replace(ORGANIZATION, image=None),
            "",
            "https://github.com/organizations/Acme/settings/packages",
            id="no image",
        ),
        pytest.param(
            replace(ORGANIZATION, image=Repository("ghcr.io", "app"), repository=""),
            "",
            "",
            id="name without owner",
        ),
        pytest.param(
            replace(
                ORGANIZATION,
                owner_type="",
                package_url="https://github.com/orgs/acme/packages/container/package/tools%2Fapp",
            ),
            "https://github.com/orgs/acme/packages/container/tools%2Fapp/settings",
            "",
            id="page told by the API",
        ),
    ],
)
def test_links__by_owner(context: Circumstances, settings: str, policy: str) -> None:
    assert (settings_url(context), policy_url(context)) == (settings, policy)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("retry-after: 10.3ms, allowed: 2000/minute", 0.0103),
        ("toomanyrequests: retry-after: 974.513µs, allowed: 44000/minute", 0.000974513),
        ("Retry-After: 974.513μs", 0.000974513),
        ("retry-after: 5us", 0.000005),
        ("retry-after: 800ns", 8e-07),
        ("retry-after: 2s", 2.0),
        ("retry-after: 1m0.5s", 60.5),
        ("retry-after: 1h", 3600.0),
        ("Retry-After: 30", 30.0),
        ('{"retry-after": "1.5s"}', 1.5),
        ("retry-after: soon", None),
        ("allowed: 2000/minute", None),
    ],
)
def test_wait_in__units(text: str, seconds: float | None) -> None:
    found = wait_in(text)

    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        pytest.param("password pa55/word is wrong", "password *** is wrong", id="known secret"),
        pytest.param("next=pa55%2Fword", "next=***", id="known secret percent-encoded"),
        pytest.param("ghs_0123456789abcdefABCDEF", "***", id="GitHub token"),
        pytest.param("github_pat_11ABCDEFG0_abcdefghijklmnop", "***", id="fine-grained token"),
        pytest.param("got eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl", "got ***", id="JWT"),
        pytest.param(
            "https://mona:pass@ghcr.io/v2/", "https://***@ghcr.io/v2/", id="password in a URL"
        ),
        pytest.param("Authorization: Basic bW9uYTpwYXNz", "Authorization: Basic ***", id="basic"),
        pytest.param(
            "'authorization': 'token abcdef'",
            "'authorization': 'token ***'",
            id="GitHub's own scheme",
        ),
        pytest.param("sent Bearer abcdefghijklmnopqrstuvwx==", "sent Bearer ***", id="bearer"),
        pytest.param(
            'Bearer realm="https://ghcr.io/token"',
            'Bearer realm="https://ghcr.io/token"',
            id="challenge stays",
        ),
        pytest.param(
            '{"access_token": "xyz", "auth":"bW9u"}',
            '{"access_token": "***", "auth":"***"}',
            id="JSON",
        ),
        pytest.param(
            "GET /token?service=ghcr.io&scope=repository:a/b:pull&sig=abc%2F&se=2026",
            "GET /token?service=ghcr.io&scope=repository:a/b:pull&sig=***&se=***",
            id="query",
        ),
        pytest.param(
            "The token provided does not match expected scopes",
            "The token provided does not match expected scopes",
            id="plain words",
        ),
    ],
)
def test_redact__shapes(text: str, redacted: str) -> None:
    assert redact(text, (Secret("pa55/word"), Secret(""))) == redacted


@pytest.mark.parametrize(
    ("secret", "redacted"),
    [
        ("x", "the text is *** of 1 index, x86 and xyz_x"),
        ("xyz", "the text is x of 1 index, x86 and xyz_x"),
        ("1", "the text is x of 1 index, x86 and xyz_x"),
        ("is", "the text *** x of 1 index, x86 and xyz_x"),
        ("xyz_", "the text is x of 1 index, x86 and ***x"),
        (".", "the text is x of 1 index, x86 and xyz_x"),
    ],
)
def test_redact__a_very_short_secret_stays_inside_words(secret: str, redacted: str) -> None:
    assert redact("the text is x of 1 index, x86 and xyz_x", (Secret(secret),)) == redacted


def test_redact__longer_secret_first() -> None:
    assert redact("abcdef", (Secret("abc"), Secret("abcdef"))) == "***"


@given(st.text(), st.text(alphabet="abcdefgh0123456789", min_size=8), st.text())
def test_redact__no_known_secret_survives(before: str, secret: str, after: str) -> None:
    assert secret not in redact(f"{before}{secret}{after}", (Secret(secret),))
