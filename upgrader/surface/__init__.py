"""The public API of a release, read without running it, and how two releases differ."""
