"""One small file per family or group; a module with a tuple FAMILIES is all it takes to be listed."""
