"""What people keep of the pages themselves: their views of the Runs page."""

from dashboards.models.saved_view import SavedView

__all__ = ["SavedView"]
