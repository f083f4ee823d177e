"""The contract kept in another idiom: asyncio streams, dictionaries in memory, no classes."""
