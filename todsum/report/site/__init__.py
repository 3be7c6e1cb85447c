"""The pages of results: leaderboard, systems, explorer; static, from a file or any host."""
