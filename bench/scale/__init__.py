"""A year of all of China's first-instance administrative cases, played on the pure core from a sample of letters."""
