"""The pages of the operations: a list, and a page for each with its responses and examples."""
