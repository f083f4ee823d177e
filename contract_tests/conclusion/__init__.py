"""From the end of a run, or from the verdicts of its shards, to one verdict and its reports."""
