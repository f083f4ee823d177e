"""Schemas of a document in the languages of frontends: Zod and TypeScript."""
