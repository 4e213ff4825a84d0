"""The pages people see: signing in, stepping up, consent, devices, their own account. Templates and words, no decisions."""
