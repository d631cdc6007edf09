"""What a definition may read: no variable of ours, and no secret."""

import pytest

from ghcr_action.buildx.bake import environment
from ghcr_action.buildx.bake.environment import Environment
from ghcr_action.buildx.git_login import GitLogin
from ghcr_action.errors import PolicyRefused
from ghcr_action.values.secret import Secret

TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
MARK = "withheld-4f1c"
VARIABLES: list[tuple[str, str, bool]] = [
    ("PATH", "/bin", False),
    ("VERSION", "1.2.3", False),
    ("GITHUB_SHA", "0123", False),
    ("GITHUB_REF_NAME", "main", False),
    ("SOURCE_DATE_EPOCH", "0", False),
    ("SSH_AUTH_SOCK", "/tmp/agent", False),
    ("KEYBOARD", "us", False),
    ("AUTHOR", "octocat", False),
    ("PATTERN", "x", False),
    ("REGISTRY_KEY_PREFIX", "x", False),
    ("TOKENIZER", "x", False),
    ("INPUT_GITHUB-TOKEN", TOKEN, True),
    ("INPUT_TAGS", "x", True),
    ("input_password", "x", True),
    ("STATE_private", "/tmp/x", True),
    ("ACTIONS_RUNTIME_TOKEN", "x", True),
    ("ACTIONS_RESULTS_URL", "https://x.example", True),
    ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x.example", True),
    ("BUILDER_NODE_0_AUTH_TLS_KEY", "x", True),
    ("GITHUB_TOKEN", "x", True),
    ("GH_TOKEN", "x", True),
    ("NPM_TOKEN", "x", True),
    ("npm_token", "x", True),
    ("GH_PAT", "x", True),
    ("DB_PASSWORD", "x", True),
    ("MY_SECRETS", "x", True),
    ("AWS_SECRET_ACCESS_KEY", "x", True),
    ("AWS_ACCESS_KEY_ID", "x", True),
    ("SIGNING_KEY", "x", True),
    ("API_KEY", "x", True),
    ("APIKEY", "x", True),
    ("BUILDX_BAKE_GIT_AUTH_TOKEN", "x", True),
    ("HARMLESS", f"Bearer {TOKEN}", True),
]


@pytest.mark.parametrize(
    ("name", "value", "is_withheld"), VARIABLES, ids=[row[0] for row in VARIABLES]
)
def test_cleaned__a_mark_stands_for_what_is_withheld(
    name: str, value: str, is_withheld: bool
) -> None:
    found = environment.cleaned({name: value}, secrets=(TOKEN, "short"), mark=MARK)

    assert dict(found.variables) == {name: f"{MARK}-0-" if is_withheld else value}
    assert found.marks == (((name, f"{MARK}-0-"),) if is_withheld else ())


def test_cleaned__vars_say_what_a_definition_may_read() -> None:
    found = environment.cleaned(
        {"NPM_TOKEN": "x", "B": "1"}, given=(("NPM_TOKEN", "y"), ("C", "2")), mark=MARK
    )

    assert dict(found.variables) == {"NPM_TOKEN": "y", "B": "1", "C": "2"}
    assert found.marks == ()


def test_cleaned__what_docker_itself_reads_is_unset() -> None:
    found = environment.cleaned({"DOCKER_AUTH_CONFIG": "{}"}, mark=MARK)

    assert found == environment.Environment(variables={}, marks=())


def test_cleaned__an_empty_variable_needs_no_mark() -> None:
    assert environment.cleaned({"NPM_TOKEN": ""}, mark=MARK) == environment.Environment(
        variables={}, marks=()
    )


def test_cleaned__the_user_s_logins_fetch_a_remote_definition() -> None:
    given = {"BUILDX_BAKE_GIT_AUTH_TOKEN": "secret", "NPM_TOKEN": "x"}

    found = environment.cleaned(given, mark=MARK, is_remote=True)

    assert dict(found.variables) == {
        "BUILDX_BAKE_GIT_AUTH_TOKEN": "secret",
        "NPM_TOKEN": f"{MARK}-0-",
    }
    assert environment.fetch_logins(given) == (("BUILDX_BAKE_GIT_AUTH_TOKEN", "secret"),)


READ: list[tuple[str, str]] = [
    ("as it is", f"A={MARK}-1-"),
    ("in capitals", f"A={MARK}-1-".upper()),
    ("inside of another text", f"x{MARK}-1-y"),
]


@pytest.mark.parametrize("printed", [row[1] for row in READ], ids=[row[0] for row in READ])
def test_refuse__names_the_variable_and_how_to_mount_it(printed: str) -> None:
    found = environment.cleaned(
        {"A_TOKEN": "x", "NPM-TOKEN": "y", **{f"T{n}_TOKEN": "z" for n in range(12)}}, mark=MARK
    )

    with pytest.raises(PolicyRefused, match="reads NPM-TOKEN, which may be a secret") as refused:
        environment.refuse(printed, found)

    assert 'secret = ["type=env,id=npm_token,env=NPM-TOKEN"]' in refused.value.fix
    assert "vars: NPM-TOKEN=value" in refused.value.fix
    assert refused.value.code == "BAKE-SECRET"


def test_refuse__a_login_that_it_was_fetched_with() -> None:
    with pytest.raises(PolicyRefused, match="reads BUILDX_BAKE_GIT_AUTH_TOKEN"):
        environment.refuse(
            f"x {TOKEN}",
            environment.cleaned({}, mark=MARK),
            (("BUILDX_BAKE_GIT_AUTH_TOKEN", TOKEN),),
        )


def test_refuse__lets_what_reads_nothing_of_it() -> None:
    environment.refuse(
        "x",
        environment.cleaned({"NPM_TOKEN": "x"}, mark=MARK),
        (("BUILDX_BAKE_GIT_AUTH_TOKEN", "x"),),
    )


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("A", True), ("_a-1", True), ("1A", False), ("", False), ("a b", False), ("A\n", False)],
)
def test_name__of_a_variable(name: str, is_one: bool) -> None:
    assert environment.is_name(name) is is_one


LOGIN = GitLogin(host="git.example", header=Secret("Basic bWU6aHVudGVyMg=="))


def test_opened__the_login_of_an_address_is_a_variable_of_buildx() -> None:
    found = environment.with_login({"A": "b"}, [LOGIN])

    assert found == {"A": "b", "BUILDX_BAKE_GIT_AUTH_HEADER": "Basic bWU6aHVudGVyMg=="}
    assert environment.with_login({"A": "b"}, []) == {"A": "b"}
    own = {"BUILDX_BAKE_GIT_AUTH_HEADER": "Basic x"}
    assert environment.with_login(own, [LOGIN]) == own


@pytest.mark.parametrize("text", ["hunter2", "bWU6aHVudGVyMg==", "Basic bWU6aHVudGVyMg=="])
def test_refuse__a_definition_that_reads_the_login_it_was_fetched_with(text: str) -> None:
    given = environment.with_login({}, [LOGIN])

    with pytest.raises(PolicyRefused, match="reads BUILDX_BAKE_GIT_AUTH_HEADER"):
        environment.refuse(
            f'{{"args": {{"A": "{text}"}}}}',
            Environment(variables={}),
            environment.fetch_logins(given),
        )
