"""What the firm's work looks like from above: mails, reminders, nights, accesses, jobs."""
