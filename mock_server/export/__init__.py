"""Hand-outs for frontends: states, types, schemas and handlers, made from spec and fixtures."""
