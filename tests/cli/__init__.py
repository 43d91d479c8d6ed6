"""Mirrors upgrader/cli."""
