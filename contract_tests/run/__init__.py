"""One contract run: its recorder, its requests and the builds that it follows."""
