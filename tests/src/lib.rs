//! Black-box suites and the harness that runs them on every runtime.
