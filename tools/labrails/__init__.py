"""labrails - the parts of tools/lab."""
