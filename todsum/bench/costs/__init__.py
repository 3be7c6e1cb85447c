"""What cells cost in time and memory: what past ones took, and what the next will take by them."""

from todsum.bench.costs.estimates import Estimate, Estimates
from todsum.bench.costs.measured import Measured, Pieces

__all__ = ["Estimate", "Estimates", "Measured", "Pieces"]
