"""What real brokers tell of themselves."""
