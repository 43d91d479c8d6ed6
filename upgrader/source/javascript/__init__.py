"""Reads JavaScript and TypeScript: imports in all their forms, scopes, and what is done with the imported names."""
