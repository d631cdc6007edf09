"""Shell completion scripts, written from the tables."""

from collections.abc import Callable, Mapping

from ghcr_action.inputs import BY_NAME
from ghcr_action.inputs.row import Kind

OWN = {
    "json": "print the outputs as one JSON object",
    "print": "print this output, and no other",
    "no-progress": "no bars, and no lines about layers that move",
    "help": "show what a mode does, and its flags",
}
"""Flags of the command line itself, in every mode."""
_BOOLEAN = ("true", "false")
FIRST = {
    "help": OWN["help"],
    "version": "print the version",
    "completion": "print a script for the shell's completion",
}
"""Those that stand alone."""

Flags = Mapping[str, frozenset[str]]
"""Mode to the names of its inputs."""
Choices = Mapping[str, tuple[str, ...]]
"""Input to the words that it can be."""


def script(shell: str, modes: Mapping[str, str], flags: Flags, choices: Choices) -> str:
    """The script for ``bash``, ``zsh`` or ``fish``; ``modes`` says what each mode does."""
    booleans = {row.name: _BOOLEAN for row in BY_NAME.values() if row.kind is Kind.BOOLEAN}
    return SHELLS[shell](modes, flags, {**booleans, **choices})


def _bash(modes: Mapping[str, str], flags: Flags, choices: Choices) -> str:
    cases = "".join(f'    {mode}) flags="{_words(flags[mode])}" ;;\n' for mode in flags)
    return (
        "_ghcr_action() {\n"
        '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" '
        'flags=""\n'
        "  if ((COMP_CWORD == 1)); then\n"
        f'    COMPREPLY=($(compgen -W "{" ".join((*modes, *map(_flag, FIRST)))}" -- '
        '"$current")); return 0\n'
        "  fi\n"
        '  case "$previous" in\n'
        f"{_cases(choices)}"
        f'    --completion) COMPREPLY=($(compgen -W "{" ".join(SHELLS)}" -- "$current")); '
        "return 0 ;;\n"
        "  esac\n"
        '  case "${COMP_WORDS[1]}" in\n'
        f"{cases}"
        "  esac\n"
        '  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$flags '
        f'{" ".join(map(_flag, OWN))}" -- "$current")); fi\n'
        "}\n"
        "complete -o default -F _ghcr_action ghcr-action\n"
    )


def _cases(choices: Choices) -> str:
    """For each list of words the flags that take one of them."""
    flags: dict[tuple[str, ...], list[str]] = {}
    for name, words in choices.items():
        flags.setdefault(words, []).append(_flag(name))
    return "".join(
        f'    {"|".join(names)}) COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$current")) ;;\n'
        for words, names in flags.items()
    )


def _zsh(modes: Mapping[str, str], flags: Flags, choices: Choices) -> str:
    described = " ".join(_quoted(f"{mode}:{does}") for mode, does in modes.items())
    own = " ".join(_quoted(f"{_flag(name)}[{does}]") for name, does in OWN.items())
    cases = "".join(
        (
            f"    {mode}) _arguments "
            f"{' '.join(_zsh_flag(name, choices) for name in sorted(flags[mode]))} {own} "
            "'*:file:_files' ;;\n"
        )
        for mode in flags
    )
    first = " ".join(
        _quoted(
            f"{_flag(name)}[{_plain(does)}]{':shell:(' + ' '.join(SHELLS) + ')' if name == 'completion' else ''}"
        )
        for name, does in FIRST.items()
    )
    return (
        "#compdef ghcr-action\n"
        "_ghcr_action() {\n"
        "  if [[ $words[2] == -* ]]; then\n"
        f"    _arguments {first}; return\n"
        "  fi\n"
        "  if ((CURRENT == 2)); then\n"
        f"    local -a modes=({described})\n"
        "    _describe mode modes; return\n"
        "  fi\n"
        "  local mode=$words[2]; shift words; ((CURRENT--))\n"
        "  case $mode in\n"
        f"{cases}"
        "  esac\n"
        "}\n"
        'if [[ $funcstack[1] == _ghcr-action ]]; then _ghcr_action "$@"; else compdef '
        "_ghcr_action ghcr-action; fi\n"
    )


def _zsh_flag(name: str, choices: Choices) -> str:
    row = BY_NAME[name]
    many = "*" if row.kind in (Kind.LIST, Kind.CSV, Kind.RAW_LIST) else ""
    optional = ":" if row.kind is Kind.BOOLEAN else ""
    listed = f"({' '.join(choices[name])})" if name in choices else "_files"
    values = f"{optional}:{name}:{listed}"
    return _quoted(f"{many}--{name}[{_plain(row.summary)}]{values}")


def _fish(modes: Mapping[str, str], flags: Flags, choices: Choices) -> str:
    lines = [
        f"complete -c ghcr-action -n __fish_use_subcommand -f -a {mode} -d {_quoted(does)}"
        for mode, does in modes.items()
    ]
    for name, does in FIRST.items():
        values = f" -x -a '{' '.join(SHELLS)}'" if name == "completion" else ""
        lines.append(
            f"complete -c ghcr-action -n __fish_use_subcommand -f -l {name}{values} -d "
            f"{_quoted(does)}"
        )
    for name, does in OWN.items():
        lines.append(
            f"complete -c ghcr-action -n '__fish_seen_subcommand_from {' '.join(modes)}' "
            f"-l {name} -d {_quoted(does)}"
        )
    for mode in flags:
        lines += [
            f"complete -c ghcr-action -n '__fish_seen_subcommand_from {mode}' "
            f"{_fish_flag(name, choices)}"
            for name in sorted(flags[mode])
        ]
    return "\n".join(lines) + "\n"


def _fish_flag(name: str, choices: Choices) -> str:
    row = BY_NAME[name]
    values = f" -f -a '{' '.join(choices[name])}'" if name in choices else " -r"
    return f"-l {name}{values} -d {_quoted(_plain(row.summary))}"


def _flag(name: str) -> str:
    return f"--{name}"


def _words(names: frozenset[str]) -> str:
    return " ".join(f"--{name}" for name in sorted(names))


def _plain(text: str) -> str:
    """Without what means something in a description of zsh."""
    return text.replace("`", "").replace("[", "(").replace("]", ")").replace(":", " -")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


SHELLS: Mapping[str, Callable[[Mapping[str, str], Flags, Choices], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}
