"""`make up`: prepare the database, then keep web, workers and clock alive under one foreground process.

`__main__` reads the environment and names the parts; `prepare` is what happens once before they start;
`supervisor` starts, restarts and stops them; `warden` ends them should the supervisor itself be killed.
Only `prepare` knows Django.
"""
