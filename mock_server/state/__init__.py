"""The catalog, the sessions and their state, and the current value of each resource."""
