"""npm, room by room; live tests use the real npm against the registry on loopback."""
