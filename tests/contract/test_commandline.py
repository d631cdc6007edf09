"""The command line: flags, help for each mode, completion scripts that the shell itself accepts,
and an installed package."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ghcr_action import errors, main
from ghcr_action.cli import arguments as commandline
from ghcr_action.cli import completion, manual, verbs
from ghcr_action.cli.arguments import Request
from ghcr_action.inputs import INPUTS
from ghcr_action.inputs.modes import MODES
from ghcr_action.inputs.row import Input
from ghcr_action.settings.reads import inputs_of
from tests.testbed import ROOT

FLAGS = {mode: inputs_of(mode) for mode in MODES}


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        commandline.parse(arguments)
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_commandline__flags_are_inputs() -> None:
    asked = commandline.parse(
        ["publish", "--pull", "--load", "false", "--tags", "a", "--tags", "b", "--context", "."]
    )

    given = {"mode": "publish", "pull": "true", "load": "false", "tags": "a\nb", "context": "."}
    assert asked == Request(inputs=given, as_json=False, shows_progress=True, verb="publish")


@pytest.mark.parametrize("row", [row for row in INPUTS if row.name != "mode"])
def test_commandline__each_flag_is_a_list_or_refuses_to_be_repeated(
    row: Input, capsys: pytest.CaptureFixture[str]
) -> None:
    mode = next(mode for mode in MODES if row.name in FLAGS[mode])
    words = [mode, f"--{row.name}=one", f"--{row.name}=two"]
    if row.may_repeat:
        assert commandline.parse(words).inputs[row.name] == "one\ntwo"
        return

    with pytest.raises(SystemExit):
        commandline.parse(words)
    assert f"--{row.name} is given twice" in capsys.readouterr().err


def test_commandline__digests_and_logins_are_lists() -> None:
    login = "- registry: quay.io\n  username: u\n  password: p"
    other = login.replace("quay.io", "docker.io")
    words = ["merge", "--digests", "A", "--digests", "B", f"--registry-auth={login}"]

    asked = commandline.parse([*words, f"--registry-auth={other}"])

    assert asked.inputs["digests"] == "A\nB"
    assert asked.inputs["registry-auth"] == f"{login}\n{other}"


def test_commandline__flags_of_its_own_are_no_inputs() -> None:
    asked = commandline.parse(["--json", "inspect", "--no-progress"])

    assert asked == Request(
        inputs={"mode": "inspect"}, as_json=True, shows_progress=False, verb="inspect"
    )


OPERANDS = {
    "publish a:1 a:2": {"mode": "publish", "tags": "a:1\na:2"},
    "publish a:1 --tags 2 --load": {
        "mode": "publish",
        "images": "a",
        "tags": "a:1\n2",
        "load": "true",
    },
    "publish ghcr.io/o/a": {"mode": "publish", "tags": "ghcr.io/o/a:latest"},
    "publish o/a": {"mode": "publish", "tags": "o/a:latest"},
    "publish 1.2.3 latest": {"mode": "publish", "tags": "1.2.3\nlatest"},
    "publish 1 --tags 2": {"mode": "publish", "tags": "1\n2"},
    "publish h:5/o/a --tags 1 --tags type=sha": {
        "mode": "publish",
        "images": "h:5/o/a",
        "tags": "1\ntype=sha",
    },
    "publish h:5/o/a h:5/o/b:3 --tags 1": {
        "mode": "publish",
        "images": "h:5/o/a\nh:5/o/b",
        "tags": "h:5/o/b:3\n1",
    },
    "publish h:5/o/a --tags h:5/o/b:3": {
        "mode": "publish",
        "tags": "h:5/o/a:latest\nh:5/o/b:3",
    },
    'publish h:5/o/a --tags "x': {"mode": "publish", "tags": 'h:5/o/a:latest\n"x'},
    "publish h:5/o/a --images h:5/o/c --tags 1": {
        "mode": "publish",
        "images": "h:5/o/c",
        "tags": "h:5/o/a:latest\n1",
    },
    "publish --load a:1": {"mode": "publish", "tags": "a:1", "load": "true"},
    "metadata a": {"mode": "metadata", "images": "a"},
    "comment ./r.json": {"mode": "comment", "report": "./r.json"},
    "promote a:1 2 latest": {"mode": "promote", "source": "a:1", "tags": "2\nlatest"},
    "pull a:1 --output x": {"mode": "pull", "source": "a:1", "output": "x"},
    "inspect a b": {"mode": "inspect", "source": "a\nb"},
    "visibility a": {"mode": "visibility", "images": "a"},
    "cleanup a b": {"mode": "cleanup", "packages": "a\nb"},
    "copy a b": {"mode": "promote", "source": "a", "tags": "b", "moving-tags": "always"},
    "diff a b": {"mode": "inspect", "source": "a\nb"},
    "untag a:1 a:2": {"mode": "inspect", "source": "a:1\na:2"},
    "tags -- a": {"mode": "inspect", "source": "a"},
}


@pytest.mark.parametrize(("line", "inputs"), OPERANDS.items(), ids=OPERANDS)
def test_commandline__names_stand_without_a_flag(line: str, inputs: dict[str, str]) -> None:
    asked = commandline.parse(line.split())

    assert asked.inputs == inputs
    assert asked.verb == line.partition(" ")[0]


def test_commandline__one_output_by_either_flag() -> None:
    assert commandline.parse(["inspect", "a", "--print", "digest"]).wanted == "digest"
    assert commandline.parse(["inspect", "a", "--output", "digest"]).wanted == "digest"
    assert commandline.parse(["pull", "a", "--output", "digest"]).wanted == ""
    assert commandline.parse(["copy", "a", "b", "--all-tags"]).all_tags


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        (["version"], ["--version"]),
        (["help"], ["--help"]),
        (["help", "pull"], ["pull", "--help"]),
        (["completion", "fish"], ["--completion", "fish"]),
    ],
)
def test_commandline__words_for_flags_that_stand_alone(
    words: list[str], flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(capsys, *words) == printed(capsys, *flags)


WRONG = {
    "no mode": ([], f"a mode is missing: {', '.join(MODES)}", ""),
    "mode taken for a value": (
        ["--dry-run", "publish"],
        "--dry-run took 'publish' for its value: the mode comes first",
        "publish ",
    ),
    "misspelt mode": (
        ["publih", "--tags", "x"],
        "there is no mode 'publih'; did you mean publish?",
        "",
    ),
    "unknown mode": (["xyzzy"], f"there is no mode 'xyzzy': {', '.join(MODES)}", ""),
    "misspelt flag": (
        ["inspect", "--sorce=x"],
        "there is no flag --sorce; did you mean --source?",
        "inspect ",
    ),
    "misspelt flag of ours": (
        ["inspect", "--no-progres"],
        "there is no flag --no-progres; did you mean --no-progress?",
        "inspect ",
    ),
    "flag before a mode": (["--tag", "x"], "there is no flag --tag; did you mean --tags?", ""),
    "unknown flag": (["publish", "-x"], "there is no flag -x", "publish "),
    "flag of other modes": (
        ["inspect", "--digests", "x"],
        "--digests means nothing to inspect; it is a flag of merge, bake",
        "inspect ",
    ),
    "value missing": (["pull", "--source"], "--source needs a value", "pull "),
    "a text given twice": (
        ["pull", "--source", "a", "--output", "x", "--output=y"],
        "--output is given twice: it takes one value",
        "pull ",
    ),
    "a switch given twice": (
        ["publish", "--pull", "--pull", "false"],
        "--pull is given twice: it takes one value",
        "publish ",
    ),
    "a secret given twice": (
        ["publish", "--password", "x", "--password", "y"],
        "--password is given twice: it takes one value",
        "publish ",
    ),
    "an empty text and another": (
        ["publish", "--target=", "--target", "y"],
        "--target is given twice: it takes one value",
        "publish ",
    ),
    **{
        f"a tag, {' '.join(words)}": (
            [*words, *more],
            "'x/y:1' has a tag, and a repository stands there; write x/y",
            f"{words[0]} ",
        )
        for words, more in (
            (["metadata", "x/y:1"], []),
            (["visibility", "x/y:1"], []),
            (["cleanup", "x/z", "x/y:1"], []),
            (["tags", "x/y:1"], []),
            (["copy", "x/y:1", "x/z"], ["--all-tags"]),
            (["copy", "x/z", "x/y:1"], ["--all-tags"]),
        )
    },
    "a digest for a repository": (
        ["tags", "x.io/y@sha256:0"],
        "'x.io/y@sha256:0' has a digest, and a repository stands there; write x.io/y",
        "tags ",
    ),
    "one word too many": (["pull", "a", "b"], "'b' belongs to no flag", "pull "),
    "one word too few": (["copy", "a"], "DST is missing", "copy "),
    "no word": (["digest"], "REF is missing", "digest "),
    **{
        f"an empty name: {' '.join(line)}": (
            line,
            "a name is empty: the shell's variable may not be set",
            f"{line[0]} ",
        )
        for line in (
            ["publish", ""],
            ["publish", "--dry-run", ""],
            ["metadata", ""],
            ["inspect", "a", " "],
            ["promote", "", "latest"],
            ["copy", "a", ""],
            ["untag", ""],
            ["cleanup", ""],
        )
    },
    "a path for a name": (
        ["publish", "."],
        "'.' is a path, and the name of an image stands there; the build context is --context .",
        "publish ",
    ),
    "a path for a reference": (
        ["inspect", "./layout"],
        "'./layout' is a path, and the name of an image stands there",
        "inspect ",
    ),
    "help of nobody": (["help", "pubish"], "there is no mode 'pubish'; did you mean publish?", ""),
    "help of two": (["help", "publish", "pull"], "'pull' belongs to no flag", ""),
    "version of one": (["version", "x"], "'x' belongs to no flag", ""),
    "completion of no shell": (["completion"], "SHELL is missing: bash, zsh, fish", ""),
    "completion of two": (["completion", "bash", "zsh"], "'zsh' belongs to no flag", ""),
    "a flag of docker": (
        ["publish", "-t", "x"],
        "there is no flag -t; did you mean --tags?",
        "publish ",
    ),
    "a word of another action": (
        ["publish", "--dockerfile", "x"],
        "there is no flag --dockerfile; did you mean --file?",
        "publish ",
    ),
    "a word that another mode would know": (
        ["inspect", "--dockerfile", "x"],
        "there is no flag --dockerfile",
        "inspect ",
    ),
    "a flag that is near to none": (
        ["publish", "--mode", "x"],
        "there is no flag --mode",
        "publish ",
    ),
    "misspelt command": (["tagz", "a"], "there is no mode 'tagz'; did you mean tags?", ""),
    "unknown output": (
        ["inspect", "a", "--print", "digset"],
        "there is no output 'digset'; did you mean digest?",
        "inspect ",
    ),
}


@pytest.mark.parametrize(("arguments", "sentence", "mode"), WRONG.values(), ids=WRONG.keys())
def test_commandline__says_what_is_wrong_in_a_sentence(
    arguments: list[str], sentence: str, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        commandline.parse(arguments)

    assert ended.value.code == errors.SettingsError.exit_code
    assert capsys.readouterr() == (
        "",
        f"ghcr-action: {sentence}\nTry `ghcr-action {mode}--help`.\n",
    )


def test_commandline__a_slip_is_an_output_where_outputs_are_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        commandline.parse(["inspect", "a", "--json", "--nonsense"])

    said = capsys.readouterr()
    assert json.loads(said.out) == {
        "error-code": "SETTINGS",
        "error-cause": "there is no flag --nonsense",
    }
    assert said.err.startswith("ghcr-action: there is no flag --nonsense\n")


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("mode", [*MODES, ""])
def test_commandline__help_fits_and_its_examples_run(
    mode: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    shown = printed(capsys, *filter(None, (mode,)), "--help")

    assert max(map(len, shown.splitlines())) <= width
    examples = (
        shown.partition("\nexamples:\n")[2].partition("\n\n")[0].replace("\\\n", "").splitlines()
    )
    assert [shlex.split(line) for line in examples] == [
        shlex.split(line)
        for line in (
            manual.EXAMPLES[mode] if mode else [lines[0] for lines in manual.EXAMPLES.values()]
        )
    ]


def test_commandline__help_names_a_default_that_is_no_matter_of_course(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = " ".join(printed(capsys, "promote", "--help").split())

    assert "always: they follow the last run [forward] --immutable-tags" in shown
    assert "Print the plan, touch nothing; default: false, in mode: cleanup true --summary" in shown


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("mode", [*MODES, ""])
def test_commandline__help_breaks_no_name_at_a_hyphen(
    mode: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    shown = printed(capsys, *filter(None, (mode,)), "--help")

    assert [line for line in shown.splitlines() if line.endswith("-")] == []


@pytest.mark.parametrize(
    ("mode", "operands"),
    [
        ("publish", " [NAME…]"),
        ("metadata", " [NAME…]"),
        ("visibility", " [NAME…]"),
        ("cleanup", " [NAME…]"),
        ("promote", " SRC DST…"),
        ("inspect", " REF…"),
        ("tags", " NAME"),
        ("merge", ""),
    ],
)
def test_commandline__usage_brackets_a_name_that_the_checkout_gives(
    mode: str, operands: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = printed(capsys, mode, "--help")

    assert shown.startswith(f"usage: ghcr-action {mode}{operands} [--flag value …]\n")


@pytest.mark.parametrize("group", ["access", "names", "build", "push", "after the push"])
def test_commandline__help_of_a_mode_is_grouped(
    group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"\n{group}:\n" in printed(capsys, "publish", "--help")


@pytest.mark.parametrize("mode", MODES)
def test_commandline__help_of_a_mode_shows_its_flags_and_no_others(
    mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = printed(capsys, mode, "--help").partition("options:")[2].partition("examples:")[0]

    words = {word.removeprefix("--") for word in shown.split() if word.startswith("--")}
    own = {"help", "version", "json", "print", "no-progress", "completion"}
    assert words - own == FLAGS[mode] - commandline.OF_A_JOB - {"mode"}


def test_commandline__help_lists_every_mode_and_exit_status(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = printed(capsys, "--help")

    rows = shown.partition("modes:\n")[2].partition("\n\n")[0].splitlines()
    listed = {line.split()[0] for line in rows if line[2] != " "}
    statuses = {
        int(line.split()[0])
        for line in shown.partition("exit status:\n")[2].partition("\n\n")[0].splitlines()
    }
    kinds = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ActionError)
    }
    assert listed == set(MODES)
    assert statuses == kinds | {0, main.BUG_EXIT, main.CANCELLED_EXIT}


def test_commandline__documents_the_same_exit_statuses() -> None:
    page = (ROOT / "docs/command-line.md").read_text()

    rows = [
        line.strip("| ").split(" | ")
        for line in page.splitlines()
        if line.startswith("| ") and line[2].isdigit()
    ]
    assert {int(code): meaning for code, meaning in rows} == manual.EXITS


def test_commandline__every_mode_has_an_example() -> None:
    assert manual.EXAMPLES.keys() == MODES.keys()
    assert manual.OWN_EXAMPLES.keys() == verbs.OWN.keys()


EXAMPLES = {**manual.EXAMPLES, **manual.OWN_EXAMPLES}


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_commandline__examples_are_accepted(line: str) -> None:
    commandline.parse(shlex.split(line.partition(" | ")[0])[1:])


def test_reads__every_input_is_read_by_a_mode() -> None:
    assert set().union(*FLAGS.values()) == {row.name for row in INPUTS} - {"mode"}


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_completion__names_every_mode_and_flag(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    script = printed(capsys, "--completion", shell)

    assert all(mode in script for mode in MODES)
    assert all(name in script for name in (*completion.OWN, *completion.FIRST, *completion.SHELLS))
    assert all(name in script for names in FLAGS.values() for name in names)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ghcr-action", "metad"], ["metadata"]),
        (["ghcr-action", "metadata", "--flav"], ["--flavor"]),
        (["ghcr-action", "metadata", "--build-ar"], []),
        (["ghcr-action", "publish", "--pull", "t"], ["true"]),
        (["ghcr-action", "publish", "--visibility", "p"], ["public", "private"]),
        (["ghcr-action", "lo"], ["login"]),
        (["ghcr-action", "--completion", "f"], ["fish"]),
        (["ghcr-action", "publish", "--no-p"], ["--no-progress"]),
        (["ghcr-action", "--v"], ["--version"]),
        (["ghcr-action", "publish", "--pull", "--targ"], ["--target"]),
    ],
    ids=[
        "mode",
        "flag",
        "flag of another mode",
        "value",
        "one of a few words",
        "command",
        "shell",
        "flag of ours",
        "flag alone",
        "flag after a boolean",
    ],
)
def test_completion__bash_offers(
    words: list[str], offered: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "completion"
    path.write_text(printed(capsys, "--completion", "bash"))
    asked = (
        f". {path}; COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; "
        f'_ghcr_action; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )

    done = subprocess.run(["bash", "-uc", asked], capture_output=True, text=True, check=True)

    assert done.stdout.split() == offered
    assert done.stderr == ""


def files(package: Path) -> set[Path]:
    """What belongs to the package."""
    return {
        path.relative_to(package)
        for path in package.rglob("*")
        if path.suffix in (".py", ".j2", ".typed")
    }


def test_completion__own_flags_are_those_of_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = printed(capsys, "--help").partition("\noptions:\n")[2].partition("\n\n")[0]

    assert {word.removeprefix("--") for word in shown.split() if word.startswith("--")} == {
        *completion.OWN,
        *completion.FIRST,
    }


def test_install__a_plain_pip_install_has_everything(tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    subprocess.run([*pip, "--target", site, ROOT], check=True)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(site), "HOME": str(tmp_path)}

    done = subprocess.run(
        [site / "bin/ghcr-action", "metadata", "--images", "ghcr.io/octo/app", "--tags", "one"],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == "ghcr.io/octo/app:one\n"
    assert (
        files(ROOT / "ghcr_action")
        == files(site / "ghcr_action")
        > {Path("py.typed"), Path("report/templates/summary.md.j2")}
    )


THIRTY = [
    found.replace("REF", "ghcr.io/octo/app:1.2.3").replace("NAME", "ghcr.io/octo/app")
    for found in re.findall(
        r"(ghcr-action (?!login)[^`|$)\\]+)", (ROOT / "docs/thirty.md").read_text()
    )
]


def test_thirty__are_thirty() -> None:
    assert (ROOT / "docs/thirty.md").read_text().count("\n| ") - 2 * 3 == 30


@pytest.mark.parametrize("line", THIRTY)
def test_thirty__commands_are_accepted(line: str) -> None:
    commandline.parse(shlex.split(line)[1:])
