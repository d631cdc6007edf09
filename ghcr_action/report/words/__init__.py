"""What reports are made of: harmless Markdown, plain text, names in words, and the views that
templates place."""
