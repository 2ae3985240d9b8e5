"""The only modules that touch untyped libraries; everything they return is typed."""
