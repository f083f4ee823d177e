"""Whether the tests notice a change of the judge, the rules, the timeline or a session."""
