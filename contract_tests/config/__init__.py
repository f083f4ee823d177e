"""The settings of a run: flags, environment variables, ini keys and the settings file."""
