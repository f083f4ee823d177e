"""The kernel: strict documents, the spec, its rules, and the judge. It knows no HTTP server."""
