"""Versions and requirements of the four ecosystems."""
