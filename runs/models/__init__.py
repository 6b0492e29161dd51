"""What is running: the run and its log, the outbox, and the projections that pages read."""

from runs.models.beat import Beat
from runs.models.bulk_act import BulkAct, BulkLine
from runs.models.decision_link import DecisionLink
from runs.models.delegation import Absence, Delegation, DelegationEntry, Substitute
from runs.models.delivery import Delivery
from runs.models.draft import Draft, Ticked
from runs.models.entry import Entry, Receipt, Refused
from runs.models.file import File
from runs.models.letter import Channel, ChannelFault, Letter
from runs.models.notice import Matter, Notice, NoticeRoute, NoticeWish
from runs.models.opening import Opening
from runs.models.place import Place
from runs.models.run import Run
from runs.models.search_text import SearchText
from runs.models.secret import Secret
from runs.models.shortage import Shortage, StaffingCheck
from runs.models.step import Candidate, Gate, Incident, Step, Vote
from runs.models.trigger import Trigger
from runs.models.work import Work

__all__ = [
    "Absence",
    "Beat",
    "BulkAct",
    "BulkLine",
    "Candidate",
    "Channel",
    "ChannelFault",
    "DecisionLink",
    "Delegation",
    "DelegationEntry",
    "Delivery",
    "Draft",
    "Entry",
    "File",
    "Gate",
    "Incident",
    "Letter",
    "Matter",
    "Notice",
    "NoticeRoute",
    "NoticeWish",
    "Opening",
    "Place",
    "Receipt",
    "Refused",
    "Run",
    "SearchText",
    "Secret",
    "Shortage",
    "StaffingCheck",
    "Step",
    "Substitute",
    "Ticked",
    "Trigger",
    "Vote",
    "Work",
]
