"""Commands that help to use the others: a guide, and completion in shells."""
