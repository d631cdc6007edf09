"""make demo: a release and a pull request, published the way a workflow does.

An independent client confirms the digest. Everything is local: an engine, a registry with token
authentication as GitHub's is, a stand-in for GitHub's API, and this checkout as the action.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts import demo_show as show  # noqa: E402 (the path above comes first)
from scripts.demo_engine import Playground, playground  # noqa: E402
from scripts.demo_step import Result, Step, release, run  # noqa: E402
from tests.fakes import github_api  # noqa: E402

console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
GREETING = "COPY <<MORE /more\nMore, because of pull request 7\nMORE\n"
"""What the pull request adds to the Dockerfile."""


def publish(step: Step, place: Playground, api: github_api.GitHubApi, *, is_brief: bool) -> Result:
    """Run the step, or end with what went wrong: its log is on the screen then."""
    show.heading(console, step.title)
    result = run(step, place, api.url, lambda lines: show.log(console, lines, is_brief=is_brief))
    if result.code != 0:
        sys.exit(
            f"The demonstration failed: entrypoint.py ended with {result.code}; its log is above."
        )
    return result


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
    console.print(f"[green]✓[/] pulled back by digest: {image}", soft_wrap=True)


def confirm(place: Playground, reference: str, digest: str, started: float) -> None:
    """Ask a client that shares no code with us."""
    confirmed = place.digest(reference)
    if confirmed != digest:
        sys.exit(
            f"{reference} has the digest {confirmed}, and the step said {digest}: "
            "this is a bug in ghcr-action."
        )
    seconds = time.monotonic() - started
    said = f"{place.client} says the same, {seconds:.0f} s after the start. Ask it yourself:"
    console.print(f"\n[green]✓[/] {said}\n")
    console.print(f"  {shlex.join(place.digest_command(reference))}", soft_wrap=True, markup=False)
    console.print(f"  {digest}", soft_wrap=True)


def main() -> None:
    """Two events, what a person sees of each, and what was left running."""
    started = time.monotonic()
    place = playground(console)
    with tempfile.TemporaryDirectory(prefix="ghcr-demo-") as name, github_api.serve() as api:
        workspace = Path(name) / "hello"
        shutil.copytree(ROOT / "examples/hello", workspace)
        step = release(place, workspace)
        api.account.add_repository("octo/hello", description="Says hello")
        published = publish(step, place, api, is_brief=False)
        show.page(console, "Job summary", published.summary)
        show.outputs(console, published.outputs)
        pull(place, published.outputs["image"])

        with (workspace / "Dockerfile").open("a") as file:
            file.write(GREETING)
        publish(step.of_pull_request(7), place, api, is_brief=True)
        show.page(
            console, "Comment on pull request 7", api.account.comments["octo/hello", 7][0]["body"]
        )

    confirm(place, f"{place.registry}/public/hello:1.2.3", published.outputs["digest"], started)
    console.print(f"\nStill running: {place.left}", soft_wrap=True)
    width = max(len(command) for command, _ in place.endings)
    for command, does in place.endings:
        console.print(f"  [bold]{command:{width}}[/]   # {does}", soft_wrap=True)


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
