"""The verbs of the trip, one file each: audit, assess, plan, apply, verify, rollback."""
