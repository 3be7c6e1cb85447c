"""Data sets from elsewhere: on the hub or in a folder, with columns of their own."""
