"""Pictures: functions that draw on given axes."""
