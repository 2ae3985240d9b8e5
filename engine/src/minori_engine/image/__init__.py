"""Pictures: their numbers, which are the same, which to look at first, what training sees."""
