"""The error of whatever reads a text by a grammar."""


class InvalidValue(ValueError):
    """A text is outside a grammar. Raised by ``values``; whoever knows the input's name turns it
    into a SettingsError."""
