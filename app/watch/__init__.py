"""The Watch page: player, person panel, body view."""
