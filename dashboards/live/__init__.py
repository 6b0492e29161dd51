"""Live: what changed is told to every page that shows it, at once, and to nobody who may not see it.

interest   what a page wants to hear of       signed_in  who asks for a stream, by session
alarms     when to look at the database       changes    what is new at a look
watcher    the one thread that looks          fan_out    who is told what of it
rows       rows of the board as they are now  missed     what happened since a moment, for one person
listeners  the open streams of this process   stream     one stream, below Django's handler
polling    the same news for pages whose stream is blocked
"""
