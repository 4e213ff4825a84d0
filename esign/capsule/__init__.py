"""A licence in one QR code: what matters of it, signed, with where its status is told."""
