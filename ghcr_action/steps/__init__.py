"""What several modes do: a step each, talking to ports only."""
