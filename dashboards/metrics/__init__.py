"""The figures of the Metrics page: what each means, and the queries that answer it.

period       which days, in whose time zone        percentiles  `percentile_cont` on both databases
asked        what the reader asked for, checked    throughput, cycle, progress, gates: one figure a module

Every figure counts the runs its reader may see, and nothing else. A figure is a frozen value without
markup; dashboards.charts draws it.
"""
