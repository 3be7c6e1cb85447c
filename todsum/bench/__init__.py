"""The harness: suites, cells, the store of results, the runner."""
