"""The figures of the Metrics page: what each means, and the queries that answer it.

period       which days, in whose time zone        percentiles  `percentile_cont` on both databases
lasting      how long, measured by SQLite itself   asked        what the reader asked for, checked; what counts
throughput, cycle, progress, gates: one figure a module

Runs are found by their version and when they ended, gates by when they were decided, each along one index that holds
what the figure asks (`run_version_times`, `gate_decided_how`). Nothing is kept beside them: every figure is of now.

Every figure counts the runs its reader may see, and nothing else. A figure is a frozen value without
markup; dashboards.charts draws it.
"""
