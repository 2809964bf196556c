"""Outcomes, what a port's author expects of them, and what follows for the gate and the score."""
