"""The ground every room stands on, and the roof (`trustkit.app`) that joins them."""
