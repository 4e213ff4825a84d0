"""How surely it is known who somebody is, and how strongly he signed in: ladders as data, and what evidence is worth."""
