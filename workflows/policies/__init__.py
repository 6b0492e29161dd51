"""Policies as the organisation's own: which of them bind what, what they demand, and what is excepted.

What a policy says is `engine.language.policy`; whether a playbook keeps it is proven by `engine.proofs`.
"""
