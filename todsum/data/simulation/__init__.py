"""What the simulator needs: ontologies of fifteen domains, goals, the flow of a dialogue, its wording and summary."""
