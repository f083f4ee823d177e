"""The map of states: which combinations have a fixture, and which allowed ones lack one."""
