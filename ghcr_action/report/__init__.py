"""Outcome to words: one view, from which the job summary and the terminal's text come."""
