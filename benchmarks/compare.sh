#!/usr/bin/env bash
# Compares pairs of systems, one "system|baseline" a line of standard input, as Markdown:
#     benchmarks/compare.sh RUNS < benchmarks/results/low-resource/compare-dop.pairs > benchmarks/results/low-resource/compare-dop.md
set -euo pipefail
while IFS='|' read -r system baseline; do
    todsum-bench compare "$1" --system "$system" --baseline "$baseline"
    echo
done
