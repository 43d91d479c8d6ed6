"""Text for people and machines: text on a console, Markdown, JSON, CycloneDX."""
