"""The API reference: the contract as a page, with a request to send for each operation."""
