"""The leaderboard: submissions, their scores (always recomputed from predictions), and what its pages are made of."""
