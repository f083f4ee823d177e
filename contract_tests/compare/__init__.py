"""Two targets compared: the same sequences on both, and which side stands alone."""
