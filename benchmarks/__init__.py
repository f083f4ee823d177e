"""The benchmarks of speed, memory, scale and detection, as commands."""
