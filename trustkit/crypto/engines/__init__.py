"""SM2 engines behind one small port, chosen at start-up by capability and self-test."""
