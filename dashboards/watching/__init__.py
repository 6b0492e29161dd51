"""The engine watched from outside: probes, `/metrics`, and the web processes' own heartbeat.

alive      the web process says that it lives       latest    a reading of the engine, at most two seconds old
probes     /healthz, /readyz, /metrics             collector  that reading in the words of Prometheus
requests   how long answers take                    figures   every metric that there is: name, unit, meaning
"""
