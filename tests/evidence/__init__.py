"""Mirrors upgrader/evidence."""
