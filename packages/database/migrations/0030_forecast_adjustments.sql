-- People's own numbers in place of single forecast values. Rows are only added: the newest of a run, series
-- and step counts, and one without a value takes the earlier ones back.
create table forecast_adjustment (
  id bigint generated always as identity primary key,
  run_id bigint not null references training_runs (id) on delete cascade,
  unique_id text not null,
  step integer not null check (step >= 1),
  ds text not null,
  value double precision,
  -- What the model said, as delivered.
  y_hat double precision,
  note text not null default '' check (char_length(note) <= 500),
  author_id text not null references "user" ("id"),
  created_at timestamptz not null default now()
);
create index forecast_adjustment_run_idx on forecast_adjustment (run_id, unique_id, step, id desc);
