"""Publishes container images to GitHub's container registry and tells the truth about what it
published."""

__version__ = "0.1.0"
