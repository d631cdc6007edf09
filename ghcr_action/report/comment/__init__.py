"""The comment on a pull request: its rows, the text they make, and how they travel between jobs."""
