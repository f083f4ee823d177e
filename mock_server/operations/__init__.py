"""The responses of the operations: lookups, rebuilds, event streams and variations."""
