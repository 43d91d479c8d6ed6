"""The reference books: one folder per ecosystem, one line each in ECOSYSTEMS."""
