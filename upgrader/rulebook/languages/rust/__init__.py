"""Rewrites Rust: `use` trees, paths, methods (inside macros too), struct fields, calls and builder chains."""
