"""Inputs and event to settings: parsed once, every problem found before one error is raised.

One module a mode.
"""
