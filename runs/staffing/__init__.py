"""Who can still decide: whether people are enough for every open step and every published playbook (proof 8).

check      asks again whatever may have changed       presence   who is away, and who acts for them
opened     the open steps of runs under way           words      people and roles in sentences
published  the playbooks that runs can start on       telling    who is told of a shortage

What is found are rows (`Shortage`), resolved when they are gone. A shortage of an open step is an incident on the
operators' board besides, where the machine has not opened one itself.
"""
