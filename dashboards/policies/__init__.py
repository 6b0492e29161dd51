"""What the pages of policies and of exceptions show and ask for.

What a policy says is `engine.policies`; whether a playbook keeps it, and who may except it, is `workflows.policies`.
"""
