"""Says which benchmarks there are: each is a module of its own, run by hand, never as a test."""

import sys

sys.stdout.write(
    "python -m tests.bench.audit    cold and warm audits against ncu and `uv pip list --outdated`\n"
)
