"""Mirrors upgrader/stages."""
