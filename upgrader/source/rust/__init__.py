"""Reads Rust: `use` trees, paths, modules and scopes, values and their methods, tokens inside macros."""
