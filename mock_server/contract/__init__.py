"""The contract: strict documents, the spec, its rules, and the judge. Knows no HTTP server."""
