"""The command line: `main` dispatches, one small file per command, `session` opens the doors they share."""
