"""Reads Go: imports and their package names, scopes, and the symbols that selectors, types and values stand for."""
