"""What operators ask a ledger."""
