"""What HTTP says: CORS, credentials, `Prefer`, admin access, error and static responses."""
