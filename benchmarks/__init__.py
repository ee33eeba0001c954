"""Side-by-side speed of this package, the compiled `obstore` 0.12.1, and other clients of S3.

`python -m benchmarks` measures, `--write` renews `docs/benchmarks.md`. `rows`, `growth` and `peers`
say what is measured; `work`, `ops` and `clients` how. Those, `drive` and `worker` run inside all
environments and therefore use only what each has. The rest runs in the parent, which never imports
any of the packages.
"""
