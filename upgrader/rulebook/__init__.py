"""The engine for the top-level rules/: packs of data that mend the code an upgrade would break."""
