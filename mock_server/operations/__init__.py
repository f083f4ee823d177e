"""What an operation does: lookup, action, render, event stream."""
