"""Says which benchmarks there are: each is a module of its own, run by hand, never as a test."""

import sys

sys.stdout.write(
    "python -m tests.bench.audit    audits of npm, Python, Go and Cargo projects, cold and warm, and inventories, "
    "against ncu, taze, npm, uv, pip, go and cargo\n"
)
