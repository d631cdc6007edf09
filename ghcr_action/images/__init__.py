"""Images at a registry, read and moved through ports, for every mode."""
