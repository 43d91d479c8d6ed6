"""Reads Python: which name stands for which package's symbol, by imports, scopes and what can be inferred."""
