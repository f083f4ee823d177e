"""The resources of a target: what operations do to them, who owns them, and how lists show them."""
