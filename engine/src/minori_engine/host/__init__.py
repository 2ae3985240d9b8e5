"""The zygote: one warm process that forks a child for each task and outlives its server by a lease."""
