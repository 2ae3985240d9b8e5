-- The history of models as table definition 001 section 4 gives it, column for column.

create table nf_model_runs (
  id bigserial primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  table_name text not null,
  loto text,
  unique_ids text[],
  model_name text not null,
  backend text not null,
  horizon integer not null,
  loss text,
  optimization_config jsonb not null,
  search_space jsonb,
  status text not null,
  start_time timestamptz default now(),
  end_time timestamptz,
  duration_seconds double precision,
  metrics jsonb,
  best_params jsonb,
  resource_summary jsonb,
  logs text,
  mlflow_run_id text
);

create function fn_nf_model_runs_set_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end;
$$;
create trigger trg_nf_model_runs_set_updated_at before update on nf_model_runs
  for each row execute function fn_nf_model_runs_set_updated_at();

-- Which of our runs a row mirrors; it stands here because the table itself has no room for it.
create table nf_model_run_link (
  nf_model_run_id bigint primary key references nf_model_runs (id) on delete cascade,
  run_id bigint not null unique references training_runs (id) on delete cascade
);
