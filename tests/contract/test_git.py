"""The same questions to the git program and to our own reader of ``.git``, in real repositories."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ghcr_action.adapters.git import GitCheckout, event, work_tree
from ghcr_action.adapters.git_files import GitFiles
from ghcr_action.adapters.git_program import GitProgram
from ghcr_action.errors import NotFound, Unavailable
from ghcr_action.values.event import Event

MADE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ENVIRON = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "Mona",
    "GIT_AUTHOR_EMAIL": "mona@example.invalid",
    "GIT_COMMITTER_NAME": "Mona",
    "GIT_COMMITTER_EMAIL": "mona@example.invalid",
    "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-03-04T06:06:07+01:00",
}

Checkout = Callable[[Path], GitCheckout]


def git(where: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=where, env=ENVIRON, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(params=["program", "files"])
def checkout(request: pytest.FixtureRequest) -> Checkout:
    if request.param == "program":
        return lambda path: GitCheckout(GitProgram(path, ENVIRON))
    return lambda path: GitCheckout(GitFiles(path))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path, "first")
    return tmp_path


def commit(where: Path, message: str) -> str:
    git(where, "commit", "--quiet", "--allow-empty", f"--message={message}")
    return git(where, "rev-parse", "HEAD")


def detach(where: Path, *refs: str) -> str:
    """Leave HEAD at a commit of its own, to which only these refs point."""
    git(where, "checkout", "--quiet", "--detach")
    sha = commit(where, "detached")
    for ref in refs:
        git(where, "update-ref", ref, sha)
    return sha


def test_head__branch(repository: Path, checkout: Checkout) -> None:
    assert checkout(repository).head() == ("refs/heads/main", git(repository, "rev-parse", "HEAD"))


def test_head__no_repository(tmp_path: Path, checkout: Checkout) -> None:
    assert checkout(tmp_path).head() is None
    assert checkout(tmp_path).commit_date("0" * 40) is None


def test_head__below_the_repository(repository: Path, checkout: Checkout) -> None:
    (repository / "service").mkdir()

    assert checkout(repository / "service").head() == (
        "refs/heads/main",
        git(repository, "rev-parse", "HEAD"),
    )


@pytest.mark.parametrize(
    ("refs", "named"),
    [
        pytest.param(["refs/tags/v1.2.3"], "refs/tags/v1.2.3", id="tag"),
        pytest.param(
            ["refs/tags/v1.9.0", "refs/tags/v1.10.0"], "refs/tags/v1.10.0", id="newest of two tags"
        ),
        pytest.param(
            ["refs/tags/v1.2.3", "refs/remotes/origin/main"],
            "refs/tags/v1.2.3",
            id="tag before branch",
        ),
        pytest.param(
            ["refs/remotes/pull/7/merge"],
            "refs/pull/7/merge",
            id="pull request by actions/checkout",
        ),
        pytest.param(
            ["refs/pull/7/head"], "refs/pull/7/head", id="pull request by a fetch of ours"
        ),
        pytest.param(
            ["refs/remotes/origin/topic", "refs/heads/topic"],
            "refs/heads/topic",
            id="branch here and there",
        ),
        pytest.param(["refs/remotes/origin/feature/x"], "refs/heads/feature/x", id="remote branch"),
    ],
)
def test_head__detached_at_a_ref(
    repository: Path, checkout: Checkout, refs: list[str], named: str
) -> None:
    sha = detach(repository, *refs)

    assert checkout(repository).head() == (named, sha)


@pytest.mark.parametrize("pack", [False, True], ids=["loose", "packed"])
def test_head__annotated_tag(repository: Path, checkout: Checkout, *, pack: bool) -> None:
    sha = detach(repository)
    git(repository, "tag", "--annotate", "--message=release", "v2.0.0")
    if pack:
        git(repository, "pack-refs", "--all")

    assert checkout(repository).head() == ("refs/tags/v2.0.0", sha)


def test_head__packed_branch_moved_since(repository: Path, checkout: Checkout) -> None:
    git(repository, "pack-refs", "--all")
    sha = commit(repository, "second")

    assert checkout(repository).head() == ("refs/heads/main", sha)


def test_head__symbolic_remote_head_is_no_branch(repository: Path, checkout: Checkout) -> None:
    sha = detach(repository, "refs/remotes/origin/main")
    git(repository, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")

    assert checkout(repository).head() == ("refs/heads/main", sha)


def test_head__linked_work_tree(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, checkout: Checkout
) -> None:
    linked = tmp_path_factory.mktemp("linked") / "tree"
    git(repository, "worktree", "add", "--quiet", "-b", "side", str(linked))

    assert checkout(linked).head() == ("refs/heads/side", git(repository, "rev-parse", "HEAD"))


@pytest.mark.parametrize(
    ("ref", "named"),
    [
        pytest.param("refs/heads/main", "refs/heads/main", id="branch"),
        pytest.param("refs/remotes/origin/release/2", "refs/heads/release/2", id="remote branch"),
        pytest.param("refs/tags/v3", "refs/tags/v3", id="tag"),
    ],
)
def test_head__detached_below_a_ref_with_the_program(
    repository: Path, ref: str, named: str
) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "update-ref", ref, commit(repository, "second"))
    git(repository, "checkout", "--quiet", first)
    if ref != "refs/heads/main":
        git(repository, "update-ref", "-d", "refs/heads/main")

    assert GitCheckout(GitProgram(repository, ENVIRON)).head() == (named, first)


def test_head__detached_in_the_void(repository: Path, checkout: Checkout) -> None:
    sha = detach(repository)

    with pytest.raises(NotFound) as refused:
        checkout(repository).head()

    assert str(refused.value) == (
        f"The detached head {sha} of the workspace belongs to no branch, tag or pull request.\n"
        "Why: The checkout fetched the bare commit, without a ref that leads to it (or it takes the git program to find one).\n"
        "Fix: Give actions/checkout a branch or a tag as `ref`, or fetch everything:\n"
        "  - uses: actions/checkout@v5\n    with:\n      fetch-depth: 0"
    )


def test_head__no_commit_yet(tmp_path: Path, checkout: Checkout) -> None:
    git(tmp_path, "init", "--quiet")

    with pytest.raises(NotFound, match="has no commit yet"):
        checkout(tmp_path).head()


def test_commit_date__committer_in_utc(repository: Path, checkout: Checkout) -> None:
    assert checkout(repository).commit_date(git(repository, "rev-parse", "HEAD")) == MADE


@pytest.mark.parametrize(
    "sha", ["0" * 40, "--help", "HEAD", ""], ids=["missing", "option", "name", "empty"]
)
def test_commit_date__unknown(repository: Path, checkout: Checkout, sha: str) -> None:
    assert checkout(repository).commit_date(sha) is None


def test_commit_date__tree_is_no_commit(repository: Path, checkout: Checkout) -> None:
    assert checkout(repository).commit_date(git(repository, "rev-parse", "HEAD^{tree}")) is None


def test_commit_date__forged_in_the_message(repository: Path, checkout: Checkout) -> None:
    sha = commit(repository, "committer Eve <eve@example.invalid> 1 +0000")

    assert checkout(repository).commit_date(sha) == MADE


@pytest.mark.parametrize("seconds", [10**12, 10**18], ids=["year 33658", "beyond a C time"])
def test_commit_date__a_year_that_no_calendar_has(
    repository: Path, checkout: Checkout, seconds: int
) -> None:
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    who = f"Mona <mona@example.invalid> {seconds} +0000"
    raw = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nlater\n"
    (repository / "raw").write_text(raw)
    sha = git(repository, "hash-object", "-t", "commit", "-w", "--literally", "raw")

    assert checkout(repository).commit_date(sha) is None


def test_commit_date__packed_needs_the_program(repository: Path) -> None:
    sha = git(repository, "rev-parse", "HEAD")
    git(repository, "gc", "--quiet")

    assert GitCheckout(GitProgram(repository, ENVIRON)).commit_date(sha) == MADE
    assert GitCheckout(GitFiles(repository)).commit_date(sha) is None


def test_program__runs_nothing_the_repository_configures(repository: Path) -> None:
    ran = repository / "ran"
    trap = repository / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {ran}\n")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "gpg.program",
        "credential.helper",
    ):
        git(repository, "config", key, str(trap))
    git(repository, "config", "log.showSignature", "true")
    checkout = GitCheckout(GitProgram(repository, ENVIRON))

    assert checkout.head() == ("refs/heads/main", git(repository, "rev-parse", "HEAD"))
    assert checkout.commit_date(git(repository, "rev-parse", "HEAD")) == MADE
    assert not ran.exists()


def test_program__workspace_of_another_user(repository: Path) -> None:
    if os.geteuid() == 0:
        for path in (repository, *repository.rglob("*")):
            os.chown(path, 1001, 1001)

    assert GitCheckout(GitProgram(repository, ENVIRON)).head() == (
        "refs/heads/main",
        git(repository, "-c", "safe.directory=*", "rev-parse", "HEAD"),
    )


def test_program__environment_of_a_hook_is_ignored(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    environ = ENVIRON | {
        "GIT_DIR": str(elsewhere),
        "GIT_WORK_TREE": str(elsewhere),
        "GIT_INDEX_FILE": "index",
    }

    assert GitCheckout(GitProgram(repository, environ)).head() == (
        "refs/heads/main",
        git(repository, "rev-parse", "HEAD"),
    )


def test_program__hangs(repository: Path) -> None:
    slow = repository / "slow-git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)

    with pytest.raises(Unavailable, match=r"'git rev-parse' gave no answer within 0\.05 seconds\."):
        GitCheckout(GitProgram(repository, ENVIRON, program=str(slow), timeout=0.05)).head()


def test_program__no_workspace(tmp_path: Path) -> None:
    with pytest.raises(
        NotFound, match=r"Git can't be run in the workspace .*gone: No such file or directory\."
    ):
        GitCheckout(GitProgram(tmp_path / "gone", ENVIRON)).head()


@pytest.mark.parametrize("path", [ENVIRON["PATH"], "/nonexistent"], ids=["with git", "without git"])
def test_work_tree__either_way(repository: Path, path: str) -> None:
    found = work_tree(repository, ENVIRON | {"PATH": path})

    assert found.head() == ("refs/heads/main", git(repository, "rev-parse", "HEAD"))


def test_files__damaged_object(repository: Path) -> None:
    sha = git(repository, "rev-parse", "HEAD")
    loose = repository / ".git" / "objects" / sha[:2] / sha[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"not deflated")

    assert GitCheckout(GitFiles(repository)).commit_date(sha) is None


REMOTES = {
    "https://github.com/octo/app.git": "octo/app",
    "https://github.com/octo/app": "octo/app",
    "https://user@github.com/octo/app.git/": "octo/app",
    "git@github.com:octo/app.git": "octo/app",
    "ssh://git@github.com:22/octo/app": "octo/app",
    "https://gitlab.com/octo/app.git": "",
    "/srv/app.git": "",
    "": "",
}


@pytest.mark.parametrize(("remote", "name"), REMOTES.items(), ids=REMOTES)
def test_event__is_what_is_checked_out(remote: str, name: str, repository: Path) -> None:
    git(repository, "config", "remote.origin.url", remote)
    sha = git(repository, "rev-parse", "HEAD")

    assert event(repository, ENVIRON) == Event(
        name="push", ref="refs/heads/main", sha=sha, repository=name, is_local=True
    )


def test_event__of_an_enterprise_server(repository: Path) -> None:
    git(repository, "config", "remote.origin.url", "git@git.acme.example:octo/app.git")

    found = event(repository, ENVIRON, host="git.acme.example")

    assert found is not None
    assert found.repository == "octo/app"
    assert found.registry == "containers.git.acme.example"
    assert found.api_url == "https://git.acme.example/api/v3"


def test_event__without_a_repository_or_a_name_there_is_none(
    tmp_path: Path, repository: Path
) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    commit(repository, "of no branch")
    (tmp_path / "empty").mkdir()

    assert event(repository, ENVIRON) is None
    assert event(repository, {"PATH": "/nonexistent"}) is None
