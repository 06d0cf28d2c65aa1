"""Rules of finance, pure: how facts become bookings, how figures are compared, how effort is counted."""
