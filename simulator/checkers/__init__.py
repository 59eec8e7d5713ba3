"""The rules: from a history to findings and a verdict. Pure; one rule per file."""
