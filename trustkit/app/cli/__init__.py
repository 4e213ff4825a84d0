"""The command line: one module a group of commands; heavy rooms are imported when a command runs."""
