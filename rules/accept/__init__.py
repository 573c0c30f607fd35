"""What is let in: a letter or an event is refused with field and reason before anything is changed."""
