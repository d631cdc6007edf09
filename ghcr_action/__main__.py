"""``python -m ghcr_action``."""

from ghcr_action.main import command

command()
