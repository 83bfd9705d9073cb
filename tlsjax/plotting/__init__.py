"""Pictures: functions that draw numbers on given axes. No backend is chosen here."""
