"""Programs that set up, check and measure the project; run them from its root, as the Makefile does."""
