"""Types of resources: their keys, parents and timelines, and the operations on them."""
