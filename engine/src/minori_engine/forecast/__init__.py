"""Forecasting: families of models, trials on backtest windows, timestamps of the future."""
