"""What people and machines read: each report is computed from a result or a record."""
