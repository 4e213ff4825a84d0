"""Making the SM2 edge-case vectors: `python -m tools.sm2_vectors` writes tests/vectors/sm2_*_test.json, always the same octets."""
