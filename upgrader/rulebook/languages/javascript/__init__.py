"""Edits JavaScript and TypeScript: renames, calls, options, imports."""
