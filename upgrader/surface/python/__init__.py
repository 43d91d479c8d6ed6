"""The public API of a Python release, from its source files and stubs."""
