"""What goes out: channels to send notices by, letters waiting to be sent, and what keeps them from arriving."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from engine.lifecycles import WorkStatus
from runs.models.notice import Notice


class Channel(models.Model):
    """A chat or the like, of one person or of everybody in a group. Nothing is sent before a test has arrived.

    The address holds its own password, so it is kept encrypted (`runs.secrets`) and never shown again.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    group = models.ForeignKey(
        "auth.Group", null=True, blank=True, on_delete=models.CASCADE, related_name="notice_channels"
    )
    title = models.CharField(max_length=100)
    service = models.CharField(max_length=40, help_text="The scheme of its address, such as slack.")
    ciphertext = models.TextField()
    added_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(person__isnull=True) ^ Q(group__isnull=True), name="channel_is_of_one"),
        ]

    def __str__(self) -> str:
        return self.title


class Letter(models.Model):
    """One notice on its way by mail or channel; without a notice it is the test of a channel.

    The same rule as for all work (guarantees 2.3): claimed with a lease and a token, counted before it is sent.
    Letters that are claimed together are one message from then on: `bundle` is the first one's key.
    """

    class Means(models.TextChoices):
        MAIL = "mail"
        CHANNEL = "channel"

    notice = models.ForeignKey(Notice, null=True, blank=True, on_delete=models.CASCADE, related_name="letters")
    means = models.CharField(max_length=10, choices=Means.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="letters"
    )
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.CASCADE, related_name="letters")
    due_at = models.DateTimeField()
    status = models.CharField(
        max_length=10, default=WorkStatus.READY.value, choices=[(status.value, status.value) for status in WorkStatus]
    )
    bundle = models.PositiveBigIntegerField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True)
    token = models.PositiveIntegerField(default=0)
    claims = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="Empty where it is done: it was not news any more.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="leased") | Q(lease_until__isnull=False), name="a_letters_lease_has_an_end"
            ),
            models.CheckConstraint(
                condition=Q(means="mail", person__isnull=False) | Q(means="channel", channel__isnull=False),
                name="a_letter_goes_somewhere",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="letter_ready", condition=Q(status="ready")),
            models.Index(fields=["lease_until"], name="letter_leased", condition=Q(status="leased")),
            models.Index(fields=["bundle"], name="letter_bundle"),
        ]

    def __str__(self) -> str:
        return f"{self.means}: {self.notice or 'a test'}"


class ChannelFault(models.Model):
    """Why a channel, or mail as such (no channel), does not deliver: for the administrator, never for a run."""

    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.CASCADE, related_name="faults")
    message = models.TextField()
    failures = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    failed_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel"],
                name="one_open_fault_a_channel",
                condition=Q(resolved_at__isnull=True, channel__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.message
