"""Rewrites Python by the rules of packs: smallest spans, layout and comments kept, imports in the file's own style."""
