"""`upgrade`: audit, plan, apply, verify and take back dependency upgrades."""

__version__ = "0.1.0"
