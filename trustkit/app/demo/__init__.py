"""``make demo``: the main job from end to end, in a home of its own, each step told in a line."""
