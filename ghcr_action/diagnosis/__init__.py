"""What a failure means: the known texts of engines, registries and GitHub's API, their causes
and what mends them."""
