"""Images at a registry or in a layout, read and moved through ports, for every mode."""
