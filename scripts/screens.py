"""What a person sees at a terminal: commands are run at one of so many columns, and what they write
is drawn by xterm.js as a browser's terminal draws it."""

import base64
import fcntl
import json
import os
import struct
import subprocess
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COLUMNS = (60, 100)
THEMES = {
    "light": {"background": "#ffffff", "foreground": "#1f2328", "cursor": "#ffffff"}
    | {"black": "#24292f", "red": "#cf222e", "green": "#116329", "yellow": "#7d4e00"}
    | {"blue": "#0969da", "magenta": "#8250df", "cyan": "#1b7c83", "white": "#57606a"},
    "dark": {"background": "#0d1117", "foreground": "#e6edf3", "cursor": "#0d1117"},
}
PAGE = """<!doctype html><meta charset="utf-8">
<link rel="stylesheet" href="{modules}/@xterm/xterm/css/xterm.css">
<style>body {{ margin: 0; padding: 16px; background: {ground} }}
#screen {{ display: inline-block }} .xterm-viewport {{ overflow: hidden !important }}</style>
<div id="screen"></div>
<script src="{modules}/@xterm/xterm/lib/xterm.js"></script>
<script>
const bytes = Uint8Array.from(atob("{written}"), (c) => c.charCodeAt(0));
const screen_ = document.getElementById("screen");
const terminal = new Terminal({{
  cols: {columns}, rows: 400, scrollback: 0, theme: {theme}, fontSize: 14, lineHeight: 1.2,
  cursorInactiveStyle: "none", fontFamily: "DejaVu Sans Mono, monospace",
}});
terminal.open(screen_);
terminal.write(bytes, () => {{
  const buffer = terminal.buffer.active;
  let last = 0;
  for (let row = 0; row < buffer.length; row++)
    if (buffer.getLine(row).translateToString(true)) last = row;
  terminal.resize({columns}, last + 2);
  setTimeout(() => {{
    const box = document.querySelector(".xterm-screen").getBoundingClientRect();
    document.title = "height " + Math.ceil(box.bottom + 16) + " width " + Math.ceil(box.right + 16);
  }}, 300);
}});
</script>"""


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One command, and where it is typed."""

    name: str
    typed: str
    """What stands after the prompt, and is run by a shell."""
    directory: Path
    environ: Mapping[str, str]

    def record(self, columns: int) -> bytes:
        """Everything that is written to a terminal of so many columns, the typed line before it."""
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(
            ["bash", "-c", self.typed],
            cwd=self.directory,
            env={**self.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        written = f"\x1b[1m$ {self.typed}\x1b[0m\r\n".encode()
        while part := _read(ours):
            written += part
        process.wait()
        os.close(ours)
        return written


def page(written: bytes, columns: int, theme: str, modules: Path) -> str:
    """The page that draws it, as high as what was written."""
    return PAGE.format(
        modules=modules.as_uri(),
        written=base64.b64encode(written).decode(),
        columns=columns,
        theme=json.dumps(THEMES[theme]),
        ground=THEMES[theme]["background"],
    )


def _read(terminal: int) -> bytes:
    """The next that is written; nothing when the last writer has gone."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
