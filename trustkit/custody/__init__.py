"""The private side: the Signer port, the software keystore, passphrases."""
