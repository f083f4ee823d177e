"""From a finished run, or its shards, to the final verdict and its reports."""
