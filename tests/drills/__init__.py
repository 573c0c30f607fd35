"""Drills: what is broken on purpose while a year of letters runs, and the proof that nothing was lost or doubled."""
