"""What the contract expects of a response, and how two responses compare."""
