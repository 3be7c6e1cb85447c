"""Models and backbones: usable without the rest of the suite."""
