"""Reads text that people and tools write, with byte spans: data files, saved tool output, and later source code."""
