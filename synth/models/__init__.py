"""Who completes text."""
