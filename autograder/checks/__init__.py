"""What trusted checks are written with, how they are loaded, and which routes they forbid."""
