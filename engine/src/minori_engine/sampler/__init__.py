"""What to try next: Optuna behind questions that carry all they need, and nothing kept between them."""
