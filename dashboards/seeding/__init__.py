"""A database full of runs, for benchmarks and for looking at pages as they are after years (`manage.py seed_load`).

Some dozens of runs are played by the real verbs in a database that is thrown away (`stories`, `samples`); each is then
a mould (`moulds`) from which any number of runs with a life, a title and a log of their own is cast (`filling`).
"""
