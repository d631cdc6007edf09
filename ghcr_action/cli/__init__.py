"""What only a person at a terminal needs: flags, help, completion, and the screen."""
