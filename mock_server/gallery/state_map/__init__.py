"""The state map: which combinations of statuses are allowed, and which have a fixture."""
