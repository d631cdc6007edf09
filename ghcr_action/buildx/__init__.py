"""The build side, pure: inputs to arguments, engine facts to a choice, output to steps."""
