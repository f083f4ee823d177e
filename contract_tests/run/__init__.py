"""One contract run: its recorder, its requests and the timelines that it follows."""
