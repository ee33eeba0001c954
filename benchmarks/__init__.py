"""Side-by-side speed of this package and the compiled `obstore` 0.12.1.

`python -m benchmarks` measures, `--write` renews `docs/benchmarks.md`. `rows`
says what is measured and `ops` how; those two, `drive` and `worker` run inside
both environments and therefore use only what both packages have. The rest runs
in the parent, which never imports either package.
"""
