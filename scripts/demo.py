"""make demo: publish examples/hello for two platforms the way a workflow does, and let an
independent client confirm the digest.

Everything is local: an engine, a registry with token authentication as GitHub's is, and this
checkout as the action.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from demo_engine import Playground, playground  # noqa: E402 (the path above comes first)

from tests.e2e.github_stub import github_api  # noqa: E402

console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
PLATFORMS = "linux/amd64,linux/arm64"
LONG_OUTPUTS = ("metadata", "plan", "json", "labels", "annotations")
"""Left out below: the summary has what matters of them."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the step left for a workflow."""

    outputs: Mapping[str, str]
    summary: str


def environment(place: Playground, directory: Path, api_url: str) -> dict[str, str]:
    """What GitHub's runner would set for `with:` and for a push of the tag v1.2.3."""
    inputs = {
        "github-token": "ghs_none",
        "images": f"{place.registry}/public/hello",
        "registry": place.registry,
        "username": place.user,
        "password": place.password,
        "platforms": PLATFORMS,
        "tags": "1.2.3\n1.2\nlatest",
    }
    github = {
        "ACTIONS": "true",
        "ACTOR": place.user,
        "API_URL": api_url,
        "EVENT_NAME": "push",
        "EVENT_PATH": str(directory / "event.json"),
        "OUTPUT": str(directory / "output"),
        "REF": "refs/tags/v1.2.3",
        "REF_NAME": "v1.2.3",
        "REF_TYPE": "tag",
        "REPOSITORY": "octo/hello",
        "REPOSITORY_OWNER": "octo",
        "SERVER_URL": "https://github.com",
        "SHA": "0123456789abcdef0123456789abcdef01234567",
        "STATE": str(directory / "state"),
        "STEP_SUMMARY": str(directory / "summary"),
        "WORKSPACE": str(ROOT / "examples/hello"),
    }
    (directory / "event.json").write_text(
        json.dumps({"repository": {"full_name": "octo/hello", "default_branch": "main"}})
    )
    for name in ("output", "state", "summary"):
        (directory / name).touch()
    named = {f"INPUT_{name.upper()}": value for name, value in inputs.items()} | {
        f"GITHUB_{name}": value for name, value in github.items()
    }
    return {**place.environ, **named, "RUNNER_TEMP": str(directory), "PYTHONUNBUFFERED": "1"}


def publish(place: Playground) -> Result:
    """Run the action's own entry and show its log as GitHub would."""
    with tempfile.TemporaryDirectory(prefix="ghcr-demo-") as name, github_api() as api_url:
        directory = Path(name)
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "entrypoint.py")],
            env=environment(place, directory, api_url),
            cwd=ROOT / "examples/hello",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        show(process)
        if process.wait() != 0:
            sys.exit(
                "The demonstration failed: entrypoint.py ended with "
                f"{process.returncode}; its log is above."
            )
        return Result(
            outputs=read_outputs((directory / "output").read_text()),
            summary=(directory / "summary").read_text(),
        )


def show(process: subprocess.Popen[str]) -> None:
    """The log, its commands turned into what they look like in GitHub's log."""
    depth, resume = 0, ""
    for line in (raw.rstrip("\n") for raw in process.stdout or ()):
        kind, _, text = (
            line.removeprefix("::").partition("::") if line.startswith("::") else ("", "", line)
        )
        name = kind.partition(" ")[0]
        if resume:
            resume = "" if kind == resume else resume
            if resume:
                console.print(f"    {line}", style="dim", markup=False, soft_wrap=True)
        elif name == "stop-commands":
            resume = text
        elif name == "group":
            console.print(f"[bold cyan]▸[/] [bold]{text}[/]")
            depth = 1
        elif name == "endgroup":
            depth = 0
        elif name in ("error", "warning", "notice"):
            console.print(
                f"{name}: {text.replace('%0A', chr(10))}",
                style={"error": "bold red", "warning": "yellow"}.get(name, "blue"),
                markup=False,
            )
        elif name not in ("add-mask", "debug"):
            console.print("  " * depth + line, markup=False, soft_wrap=True)


def read_outputs(text: str) -> dict[str, str]:
    """GITHUB_OUTPUT in its multi-line form."""
    outputs, lines = {}, iter(text.split("\n"))
    for line in lines:
        name, _, delimiter = line.partition("<<")
        if delimiter:
            outputs[name] = "\n".join(
                iter(lambda end=delimiter: value if (value := next(lines)) != end else None, None)
            )  # type: ignore[misc]
    return outputs


def pull(place: Playground, image: str) -> None:
    """By digest, from the registry and not from what the engine still holds."""
    with console.status(f"Pulling {image}"):
        subprocess.run(
            ["docker", "image", "rm", "--force", image],
            env=place.environ,
            capture_output=True,
            check=False,
        )
        subprocess.run(
            ["docker", "pull", "--quiet", image], env=place.environ, check=True, capture_output=True
        )
    console.print(f"[green]✓[/] pulled back by digest: {image}")


def folded(summary: str) -> str:
    """The page as it looks before anybody opens a fold."""
    return re.sub(
        r"<details><summary>(.*?)</summary>.*?</details>", r"▸ \1\n", summary, flags=re.DOTALL
    )


def print_outputs(outputs: Mapping[str, str]) -> None:
    table = Table(
        title="Outputs of the step",
        title_justify="left",
        show_header=False,
        box=None,
        padding=(0, 2, 0, 0),
    )
    for name, value in outputs.items():
        if value and not name.startswith((*LONG_OUTPUTS, "bake-file")):
            table.add_row(f"[bold]{name}[/]", value)
    console.print(table)


def main() -> None:
    started = time.monotonic()
    place = playground(console)
    result = publish(place)
    pull(place, result.outputs["image"])
    console.print(Panel(Markdown(folded(result.summary)), title="Job summary", title_align="left"))
    print_outputs(result.outputs)
    reference = f"{place.registry}/public/hello:1.2.3"
    confirmed = place.digest(reference)
    if confirmed != result.outputs["digest"]:
        sys.exit(
            f"{reference} has the digest {confirmed}, and the step said "
            f"{result.outputs['digest']}: this is a bug in ghcr-action."
        )
    console.print(
        f"\n[green]✓[/] {place.client} says the same, {time.monotonic() - started:.0f} s "
        "after the start. Ask it yourself:\n"
    )
    console.print(f"  {shlex.join(place.digest_command(reference))}", soft_wrap=True, markup=False)
    console.print(f"  {result.outputs['digest']}", soft_wrap=True)


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
