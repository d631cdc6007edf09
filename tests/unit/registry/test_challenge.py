import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.adapters.registry.challenge import (
    Challenge,
    Grant,
    choose,
    parse,
    parse_scope,
    scopes,
)

GHCR = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:octo/app:pull"'
GHCR_CHALLENGE = Challenge(
    scheme="bearer",
    parameters={
        "realm": "https://ghcr.io/token",
        "service": "ghcr.io",
        "scope": "repository:octo/app:pull",
    },
)
CASES = {
    "as ghcr.io asks": (GHCR, (GHCR_CHALLENGE,)),
    "commas and spaces": (GHCR.replace(",", " ,  "), (GHCR_CHALLENGE,)),
    "comma inside quotes": (
        'Bearer realm="r",scope="repository:a/b:pull,push"',
        (
            Challenge(
                scheme="bearer", parameters={"realm": "r", "scope": "repository:a/b:pull,push"}
            ),
        ),
    ),
    "escaped quote": (
        r'Basic realm="a \"b\" \\c"',
        (Challenge(scheme="basic", parameters={"realm": r'a "b" \c'}),),
    ),
    "value without quotes": (
        "Basic realm=here",
        (Challenge(scheme="basic", parameters={"realm": "here"}),),
    ),
    "spaces around =": (
        'Basic realm = "here"',
        (Challenge(scheme="basic", parameters={"realm": "here"}),),
    ),
    "names in any case": (
        'BEARER Realm="R"',
        (Challenge(scheme="bearer", parameters={"realm": "R"}),),
    ),
    "first of two equal names": (
        'Basic realm="a", realm="b"',
        (Challenge(scheme="basic", parameters={"realm": "a"}),),
    ),
    "scheme alone": ("Basic", (Challenge(scheme="basic"),)),
    "two schemes": (
        'Basic realm="x", Bearer realm="y"',
        (
            Challenge(scheme="basic", parameters={"realm": "x"}),
            Challenge(scheme="bearer", parameters={"realm": "y"}),
        ),
    ),
    "token68 between": (
        'Negotiate abc+/d==, Basic realm="x"',
        (Challenge(scheme="negotiate"), Challenge(scheme="basic", parameters={"realm": "x"})),
    ),
    "empty value": (
        'Bearer realm="",service="s"',
        (Challenge(scheme="bearer", parameters={"realm": "", "service": "s"}),),
    ),
    "empty": ("", ()),
    "commas only": (" , ,", ()),
    "parameter without a scheme": ('realm="x"', ()),
    "broken in the middle": (
        'Basic realm="x", "oops", Bearer realm="y"',
        (Challenge(scheme="basic", parameters={"realm": "x"}),),
    ),
    "open quote": ('Bearer realm="x', (Challenge(scheme="bearer"),)),
}


@pytest.mark.parametrize(("header", "expected"), CASES.values(), ids=CASES.keys())
def test_parse__header(header: str, expected: tuple[Challenge, ...]) -> None:
    found = parse(header)

    assert [(challenge.scheme, dict(challenge.parameters)) for challenge in found] == [
        (challenge.scheme, dict(challenge.parameters)) for challenge in expected
    ]


@given(st.text())
def test_parse__ends_for_any_text(header: str) -> None:
    assert all(challenge.scheme for challenge in parse(header))


@pytest.mark.parametrize(
    ("schemes", "expected"),
    [
        (("basic", "bearer"), "bearer"),
        (("negotiate", "basic"), "basic"),
        (("negotiate",), None),
        ((), None),
    ],
    ids=["bearer before basic", "basic", "unknown", "none"],
)
def test_choose__scheme(schemes: tuple[str, ...], expected: str | None) -> None:
    found = choose(Challenge(scheme=scheme) for scheme in schemes)

    assert (found.scheme if found else None) == expected


def test_choose__first_of_equal_schemes() -> None:
    first, second = (
        Challenge(scheme="bearer", parameters={"realm": "a"}),
        Challenge(scheme="bearer", parameters={"realm": "b"}),
    )

    assert choose((first, second)) is first


SCOPES = {
    "one": ("repository:octo/app:pull", {("octo/app", "pull")}),
    "two actions": ("repository:octo/app:pull,push", {("octo/app", "pull"), ("octo/app", "push")}),
    "two repositories": ("repository:a:pull repository:b:push", {("a", "pull"), ("b", "push")}),
    "host with a port": ("repository:host:5000/a:pull", {("host:5000/a", "pull")}),
    "another kind": ("registry:catalog:*", set()),
    "no action": ("repository:a:", set()),
    "no name": ("repository", set()),
    "empty": ("", set()),
}


@pytest.mark.parametrize(("text", "expected"), SCOPES.values(), ids=SCOPES.keys())
def test_parse_scope__text(text: str, expected: set[tuple[str, str]]) -> None:
    assert parse_scope(text) == expected


def test_challenge__grants_of_its_scope() -> None:
    assert GHCR_CHALLENGE.grants == {Grant("octo/app", "pull")}
    assert Challenge(scheme="basic").grants == frozenset()


def test_scopes__one_for_each_repository() -> None:
    grants = frozenset({Grant("b", "push"), Grant("b", "pull"), Grant("a", "pull")})

    assert scopes(grants) == ("repository:a:pull", "repository:b:pull,push")
    assert parse_scope(" ".join(scopes(grants))) == grants
