"""The one level of our log that Python does not have."""

NOTICE = 25
"""Between info and warning: the runner's ``notice`` annotation."""
