"""A server for the Model Context Protocol (MCP), with which coding agents control a mock."""
