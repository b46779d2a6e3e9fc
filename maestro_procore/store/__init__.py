"""Our own data: journal, settings, secrets."""
