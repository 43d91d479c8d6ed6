"""Rewrites Go: import paths, selectors, fields of struct literals, calls; what gofmt has in columns stays so."""
