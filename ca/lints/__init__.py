"""The lints every certificate satisfies before it is signed: one rule a file, each with its clause."""
