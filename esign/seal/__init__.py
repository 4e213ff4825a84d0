"""Electronic seals (GM/T 0031, GB/T 38540)."""
