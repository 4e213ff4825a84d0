"""Problem details, limits and headers every HTTP answer shares."""
