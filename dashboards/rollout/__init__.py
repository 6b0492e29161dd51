"""What the page of a rollout asks, and how it reads the answers."""
