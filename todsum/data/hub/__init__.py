"""Data sets on the hub: the folder that is one, its card, what may be pushed, and downloading others."""
