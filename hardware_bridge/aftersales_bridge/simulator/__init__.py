"""A simulated telephone line for demonstrations, tests and benchmarks."""
