"""Clock, timestamps, a bounded cache and the files that ship with the package."""
