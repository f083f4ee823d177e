"""A proxy in front of a real server: it forwards, judges and records every exchange."""
