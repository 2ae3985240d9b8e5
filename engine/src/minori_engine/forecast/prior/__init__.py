"""A network that has learned from simulated series only, and forecasts real ones without learning again."""
