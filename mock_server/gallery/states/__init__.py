"""The cards of the fixtures, and the filters that select some of them."""
