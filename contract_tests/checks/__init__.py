"""The checks of a contract run, as pytest tests."""
