"""The requests of this package beside those of the compiled `obstore` 0.12.1, one by one.

`scenarios` says what is done; `play` does it, with either package: here in both colours, and in a
process of its own with the compiled one, whose import name is the same. `capture` is the server that
both talk to, `normal` removes what no two runs have in common, `compare` puts the rest side by
side, and `known` lists the differences that are meant, each with its reason.
"""
