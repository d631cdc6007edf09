"""Settings and facts to a complete plan, one module a mode."""
