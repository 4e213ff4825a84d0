"""What people prove themselves with: passwords, one-time passwords, passkeys, recovery codes, confirmation in an app."""
