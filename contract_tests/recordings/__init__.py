"""The verdict on recorded traffic."""
