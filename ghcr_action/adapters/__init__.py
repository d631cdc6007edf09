"""The only I/O beside ``main``: each module here implements one port."""
