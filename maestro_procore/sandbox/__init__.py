"""Procore as its documents describe it, on loopback, and the training company. Shares no code with our clients."""
