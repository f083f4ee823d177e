"""The commands of ``contract-tests``: each module is one, except for `arguments`."""
