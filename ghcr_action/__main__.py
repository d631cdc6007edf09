"""``ghcr-action`` and ``python -m ghcr_action``: small, so that a stop while the rest is loaded
ends quietly."""

import os
import signal
import sys


def main() -> None:
    """The command line."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until there is something to tidy up
    from ghcr_action.cli.start import command

    command(sys.argv[1:], os.environ)


if __name__ == "__main__":
    main()
