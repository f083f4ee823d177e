"""What can be looked up, what a session holds, and the current value of each resource in it."""
