"""Training and generation shared by trained methods."""
