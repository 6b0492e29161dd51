"""The page that moves live runs to another version: what stands against each, and which step is which."""
