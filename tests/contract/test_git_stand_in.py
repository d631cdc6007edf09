"""What stands in for git in the image, beside the git program: the same answers to what buildx
asks."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.testbed import ROOT

STAND_IN = ROOT / "scripts/image/git"
REMOTE = "https://github.com/octo/app"
QUESTIONS = (
    ("rev-parse", "--is-inside-work-tree"),
    ("rev-parse", "--show-toplevel"),
    ("show", "--format=%H", "HEAD", "--quiet", "--"),
    ("show", "--format=%H", "HEAD", "--quiet"),
    ("symbolic-ref", "-q", "HEAD"),
    ("for-each-ref", "--format=%(upstream:remotename)", "refs/heads/main"),
    ("remote", "get-url", "origin"),
    ("remote", "get-url", "upstream"),
)
"""All that buildx asks: https://github.com/docker/buildx/blob/master/util/gitutil/gitutil.go."""


class Answers:
    """Asks both programs in a directory."""

    def __init__(self, home: Path) -> None:
        self._environ = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C"}

    def git(self, directory: Path, *arguments: str) -> None:
        person = ("-c", "user.name=Mona", "-c", "user.email=mona@example.org")
        local = ("-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main")
        subprocess.run(
            ["git", *person, *local, *arguments],
            cwd=directory,
            env=self._environ,
            check=True,
            capture_output=True,
        )

    def ask(self, program: str | Path, directory: Path, *arguments: str) -> tuple[bool, str, str]:
        """Whether it answers, what (buildx reads one line), and what it says against it."""
        done = subprocess.run(
            [program, "-c", "log.showSignature=false", *arguments],
            cwd=directory,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode == 0, done.stdout.rstrip("\n"), done.stderr


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path)


def repository(answers: Answers, root: Path) -> Path:
    root.mkdir()
    answers.git(root, "init", "--quiet")
    (root / "sub").mkdir()
    (root / "sub/file").write_text("1")
    answers.git(root, "add", ".")
    answers.git(root, "commit", "--quiet", "--message", "one")
    answers.git(root, "remote", "add", "origin", REMOTE)
    return root


def unborn(answers: Answers, root: Path) -> Path:
    root.mkdir()
    answers.git(root, "init", "--quiet")
    return root


def detached(answers: Answers, root: Path) -> Path:
    answers.git(repository(answers, root), "checkout", "--quiet", "--detach")
    return root


def packed(answers: Answers, root: Path) -> Path:
    answers.git(repository(answers, root), "tag", "--annotate", "v1", "--message", "one")
    answers.git(root, "pack-refs", "--all")
    return root


def linked(answers: Answers, root: Path) -> Path:
    answers.git(repository(answers, root), "worktree", "add", "-b", "other", "../linked")
    return root.parent / "linked"


def submodule(answers: Answers, root: Path) -> Path:
    repository(answers, root.with_name("inner"))
    repository(answers, root)
    answers.git(root, "submodule", "add", str(root.with_name("inner")), "inner")
    return root / "inner"


def elsewhere(answers: Answers, root: Path) -> Path:
    answers.git(repository(answers, root), "remote", "rename", "origin", "upstream")
    answers.git(root, "remote", "add", "company", "git@git.example.org:octo/app.git")
    for key, value in (("remote", "company"), ("merge", "refs/heads/main")):
        answers.git(root, "config", f"branch.main.{key}", value)
    answers.git(root, "config", "remote.company.fetch", "+refs/heads/*:refs/remotes/company/*")
    return root


def nested(answers: Answers, root: Path) -> Path:
    return repository(answers, repository(answers, root) / "other")


def odd_names(answers: Answers, root: Path) -> Path:
    answers.git(repository(answers, root), "checkout", "--quiet", "-b", "feat/a]{b}'$(id)&;#")
    answers.git(root, "remote", "set-url", "origin", "https://github.com/octo/$(id)%s`id`.git")
    return root


MADE: dict[str, Callable[[Answers, Path], Path]] = {
    "a branch": repository,
    "a directory of it": lambda answers, root: repository(answers, root) / "sub",
    "no commit yet": unborn,
    "a detached head": detached,
    "packed refs": packed,
    "a linked work tree": linked,
    "a submodule": submodule,
    "a branch of another remote": elsewhere,
    "a repository in a repository": nested,
    "odd names": odd_names,
    "no repository": lambda _, root: root.parent,
}


@pytest.mark.parametrize("shape", MADE)
def test_git__answers_as_the_program_does(shape: str, answers: Answers, tmp_path: Path) -> None:
    directory = MADE[shape](answers, tmp_path / "work tree")

    for question in QUESTIONS:
        assert (
            answers.ask(STAND_IN, directory, *question)[:2]
            == answers.ask("git", directory, *question)[:2]
        ), question


def test_git__an_unborn_head_is_the_error_that_buildx_passes_over(
    answers: Answers, tmp_path: Path
) -> None:
    directory = unborn(answers, tmp_path / "w")

    for program in ("git", STAND_IN):
        said = answers.ask(program, directory, *QUESTIONS[2])[2]
        assert "bad revision 'HEAD'" in said or "unknown revision" in said


@pytest.mark.parametrize(
    "question",
    [("status", "--porcelain", "--ignored"), ("log",), ("fetch",), ("rev-parse", "HEAD"), ()],
)
def test_git__claims_nothing_else(
    question: tuple[str, ...], answers: Answers, tmp_path: Path
) -> None:
    found = answers.ask(STAND_IN, repository(answers, tmp_path / "w"), *question)

    assert found == (False, "", "fatal: this git answers only what a build's provenance needs\n")


@pytest.mark.parametrize(
    "hostile",
    ["ref: ../../outside", "ref: refs/heads/none\nref: refs/heads/main", "a" * 39, "../outside"],
)
def test_git__takes_nothing_for_a_commit_that_is_none(
    hostile: str, answers: Answers, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("a secret\n")
    directory = repository(answers, tmp_path / "w")
    (directory / ".git/HEAD").write_text(f"{hostile}\n")

    is_answered, output, said = answers.ask(STAND_IN, directory, *QUESTIONS[2])

    assert (is_answered, output) == (False, "")
    assert "secret" not in said


@pytest.mark.parametrize("url", ["https://example.org/#one", "C:\\git\\one", 'a"b'])
def test_git__an_address_that_is_written_in_quotes_is_not_claimed(
    url: str, answers: Answers, tmp_path: Path
) -> None:
    directory = repository(answers, tmp_path / "w")
    answers.git(directory, "remote", "set-url", "origin", url)

    assert answers.ask(STAND_IN, directory, "remote", "get-url", "origin")[:2] == (False, "")


def test_git__refs_in_another_format_are_left_alone(answers: Answers, tmp_path: Path) -> None:
    directory = repository(answers, tmp_path / "w")
    (directory / ".git/reftable").mkdir()

    assert answers.ask(STAND_IN, directory, *QUESTIONS[2])[:2] == (False, "")


def test_git__files_that_are_gone_are_no_answer(answers: Answers, tmp_path: Path) -> None:
    directory = repository(answers, tmp_path / "w")
    shutil.rmtree(directory / ".git/refs")
    (directory / ".git/config").unlink()

    assert not answers.ask(STAND_IN, directory, *QUESTIONS[2])[0]
    assert not answers.ask(STAND_IN, directory, "remote", "get-url", "origin")[0]
