"""A correct server in another style: asyncio streams, data in dictionaries, no classes."""
