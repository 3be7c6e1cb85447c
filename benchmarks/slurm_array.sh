#!/usr/bin/env bash
# A suite as a SLURM array: each job runs its share of the cells, all into one run directory on a shared file system.
#   sbatch --array=1-20 benchmarks/slurm_array.sh zero_shot --data DIR --out runs
# A job that is killed is submitted again as it was, and runs only what is missing.
#SBATCH --job-name=todsum
#SBATCH --cpus-per-task=4
#SBATCH --mem=16G
#SBATCH --time=12:00:00
#SBATCH --output=slurm-%A-%a.log
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
shard="$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1))/$SLURM_ARRAY_TASK_COUNT"
exec todsum-bench run "$@" --shard "$shard" --workers auto
