"""The user's own page: its URL for each resource, and frames that show it in each state."""
