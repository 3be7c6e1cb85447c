"""Publishing a folder on the hub: one commit with all of it, or nothing. Data sets and models alike."""
