"""What a session holds, and what each resource shows in it."""
