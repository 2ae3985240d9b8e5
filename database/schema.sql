-- Minori: the whole database schema, for people who read SQL.
-- Generated from packages/database/migrations; `./minori start` creates it by itself.
-- By hand: psql -d <database> -f database/schema.sql

begin;

-- 0001_identity_and_scope

-- Identity as better-auth 1.7 wants it (username, admin and API-key plugins): its names and
-- types are kept as its own migration generator gives them, so an upgrade can be compared.

create table "user" (
  "id" text not null primary key,
  "name" text not null,
  "email" text not null unique,
  "emailVerified" boolean not null,
  "image" text,
  "createdAt" timestamptz default current_timestamp not null,
  "updatedAt" timestamptz default current_timestamp not null,
  "username" text unique,
  "displayUsername" text,
  "role" text,
  "banned" boolean,
  "banReason" text,
  "banExpires" timestamptz
);

create table "session" (
  "id" text not null primary key,
  "expiresAt" timestamptz not null,
  "token" text not null unique,
  "createdAt" timestamptz default current_timestamp not null,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "userId" text not null references "user" ("id") on delete cascade,
  "impersonatedBy" text
);
create index "session_userId_idx" on "session" ("userId");

create table "account" (
  "id" text not null primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" text not null references "user" ("id") on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  "scope" text,
  "password" text,
  "createdAt" timestamptz default current_timestamp not null,
  "updatedAt" timestamptz not null
);
create index "account_userId_idx" on "account" ("userId");

create table "verification" (
  "id" text not null primary key,
  "identifier" text not null,
  "value" text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz default current_timestamp not null,
  "updatedAt" timestamptz default current_timestamp not null
);
create index "verification_identifier_idx" on "verification" ("identifier");

create table "apikey" (
  "id" text not null primary key,
  "configId" text not null,
  "name" text,
  "start" text,
  "referenceId" text not null,
  "prefix" text,
  "key" text not null,
  "refillInterval" integer,
  "refillAmount" integer,
  "lastRefillAt" timestamptz,
  "enabled" boolean,
  "rateLimitEnabled" boolean,
  "rateLimitTimeWindow" integer,
  "rateLimitMax" integer,
  "requestCount" integer,
  "remaining" integer,
  "lastRequest" timestamptz,
  "expiresAt" timestamptz,
  "createdAt" timestamptz not null,
  "updatedAt" timestamptz not null,
  "permissions" text,
  "metadata" text
);
create index "apikey_configId_idx" on "apikey" ("configId");
create index "apikey_referenceId_idx" on "apikey" ("referenceId");
create index "apikey_key_idx" on "apikey" ("key");

-- A link on which a password is set; the token itself is shown once and never stored.
create table setup_link (
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  user_id text references "user" ("id") on delete cascade,
  purpose text not null check (purpose in ('first_admin', 'invitation', 'password_reset')),
  created_by text references "user" ("id") on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index setup_link_user_idx on setup_link (user_id);

create table project (
  id bigint generated always as identity primary key,
  key text not null unique check (key ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  name text not null check (char_length(name) between 1 and 200),
  created_by text references "user" ("id") on delete set null,
  created_at timestamptz not null default now(),
  archived_at timestamptz
);

create table project_member (
  project_id bigint not null references project (id) on delete cascade,
  user_id text not null references "user" ("id") on delete cascade,
  role text not null check (role in ('admin', 'editor', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (project_id, user_id)
);
create index project_member_user_idx on project_member (user_id);

-- Who did what. No foreign keys: an entry outlives what it speaks of.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor_id text,
  actor_kind text not null check (actor_kind in ('user', 'api_key', 'local', 'system')),
  action text not null,
  target_type text,
  target_id text,
  project_id bigint,
  params jsonb not null default '{}',
  ip text
);
create index audit_log_project_idx on audit_log (project_id, id desc);
create index audit_log_actor_idx on audit_log (actor_id, id desc);

-- 0002_datasets_and_runs

-- The twelve tables of the product (experiments, training_runs, resource_metrics, run_parameters,
-- run_results, model_artifacts, predictions, optimization_history, datasets, logs, notifications,
-- system_config) and what stands beside them.

create table experiments (
  id bigint generated always as identity primary key,
  project_id bigint not null references project (id) on delete cascade,
  owner_id text not null references "user" ("id"),
  track text not null check (track in ('forecast', 'image', 'table', 'data')),
  name text not null check (char_length(name) between 1 and 200),
  description text not null default '',
  tags text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  unique (project_id, track, name)
);

create table datasets (
  id bigint generated always as identity primary key,
  key text not null check (char_length(key) between 1 and 200),
  name text not null check (char_length(name) between 1 and 200),
  project_id bigint not null references project (id) on delete cascade,
  owner_id text not null references "user" ("id"),
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  unique (project_id, key)
);
create index datasets_page_idx on datasets (project_id, id desc);

-- One immutable state of a dataset; its rows lie in data/<sha256>/ of the home.
create table dataset_version (
  dataset_id bigint not null references datasets (id) on delete cascade,
  version integer not null check (version >= 1),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  parent_version integer check (parent_version < version),
  rows bigint not null check (rows >= 0),
  series integer not null check (series >= 0),
  freq text not null,
  profile jsonb not null,
  mapping jsonb not null,
  findings jsonb not null,
  source_name text not null,
  bytes bigint not null check (bytes >= 0),
  created_at timestamptz not null default now(),
  created_by text not null references "user" ("id"),
  primary key (dataset_id, version),
  foreign key (dataset_id, parent_version) references dataset_version (dataset_id, version)
);
create index dataset_version_sha256_idx on dataset_version (sha256);

create function fn_dataset_version_immutable() returns trigger language plpgsql as $$
begin
  raise exception 'dataset version % of dataset % is immutable', old.version, old.dataset_id
    using errcode = 'integrity_constraint_violation', constraint = 'dataset_version_immutable';
end;
$$;
create trigger trg_dataset_version_immutable before update on dataset_version
  for each row when (old.* is distinct from new.*) execute function fn_dataset_version_immutable();

-- Which RunContexts a version belongs to: one reused by hash belongs to many.
create table dataset_version_context (
  run_id text not null check (run_id ~ '^\d{8}-\d{6}-[0-9a-f]{6}$'),
  dataset_id bigint not null,
  version integer not null,
  created_at timestamptz not null default now(),
  primary key (run_id, dataset_id, version),
  foreign key (dataset_id, version) references dataset_version (dataset_id, version) on delete cascade
);
create index dataset_version_context_version_idx on dataset_version_context (dataset_id, version);

-- Runs of every kind and track, as trees. Statuses change by compare-and-set on (status, lease).
create table training_runs (
  id bigint generated always as identity primary key,
  root_id bigint not null references training_runs (id) on delete cascade,
  parent_id bigint references training_runs (id) on delete cascade,
  position integer not null default 0,
  project_id bigint not null references project (id) on delete cascade,
  experiment_id bigint references experiments (id) on delete set null,
  dataset_id bigint references datasets (id),
  dataset_version integer,
  owner_id text not null references "user" ("id"),
  run_id text not null check (run_id ~ '^\d{8}-\d{6}-[0-9a-f]{6}$'),
  kind text not null check (kind in ('search', 'candidate', 'trial', 'ensemble', 'refit', 'ingest',
    'thumbnail', 'embed', 'tuning', 'train', 'predict', 'compare', 'drift', 'reproduce', 'register', 'export')),
  track text not null check (track in ('forecast', 'image', 'table', 'data')),
  name text not null default '',
  status text not null default 'queued' check (status in ('queued', 'preparing', 'running', 'pausing',
    'paused', 'cancelling', 'finishing', 'succeeded', 'failed', 'cancelled')),
  outcome text check (outcome in ('complete', 'pruned', 'stopped', 'out_of_budget')),
  failure_cause text check (failure_cause in ('out_of_memory', 'time_limit', 'bad_data', 'lost_worker',
    'bug', 'no_disk', 'unavailable')),
  failure jsonb,
  spec jsonb not null default '{}',
  result jsonb,
  metrics jsonb not null default '{}',
  tags text[] not null default '{}',
  seed bigint not null default 0,
  budget_seconds double precision check (budget_seconds > 0),
  active_seconds double precision not null default 0,
  active_since timestamptz,
  cpu_seconds double precision not null default 0,
  progress double precision check (progress between 0 and 1),
  lease_token uuid,
  lease_expires_at timestamptz,
  stop_requested boolean not null default false,
  event_seq bigint not null default 0,
  version integer not null default 0,
  created_at timestamptz not null default now(),
  queued_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null default now(),
  foreign key (dataset_id, dataset_version) references dataset_version (dataset_id, version),
  check ((parent_id is null) = (root_id = id)),
  check (status <> 'failed' or failure_cause is not null),
  check ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null))
) with (fillfactor = 80);
-- A root names itself: an insert that gives no root_id makes one.
alter table training_runs alter column root_id set default currval('training_runs_id_seq');

create index training_runs_roots_idx on training_runs (project_id, id desc) where parent_id is null;
create index training_runs_tree_idx on training_runs (root_id, id);
create index training_runs_children_idx on training_runs (parent_id, position, id);
create index training_runs_context_idx on training_runs (run_id);
create index training_runs_experiment_idx on training_runs (experiment_id, id desc);
create index training_runs_dataset_idx on training_runs (dataset_id, dataset_version);
create index training_runs_queue_idx on training_runs (queued_at, id) where status = 'queued';
create index training_runs_active_idx on training_runs (root_id, status)
  where status not in ('succeeded', 'failed', 'cancelled');
create index training_runs_tags_idx on training_runs using gin (tags);

create table run_attempt (
  id bigint generated always as identity primary key,
  run_id bigint not null references training_runs (id) on delete cascade,
  number integer not null check (number >= 1),
  host text not null,
  status text not null check (status in ('starting', 'running', 'succeeded', 'failed', 'stopped', 'lost')),
  pid integer,
  pid_started text,
  spool_seq bigint not null default 0,
  spool_offset bigint not null default 0,
  heartbeat_at timestamptz,
  exit_code integer,
  signal text,
  cause text check (cause in ('out_of_memory', 'time_limit', 'bad_data', 'lost_worker', 'bug', 'no_disk', 'unavailable')),
  cpu_seconds double precision not null default 0,
  max_rss_bytes bigint,
  -- What its spool said so far: a crash between reading and settling must lose nothing.
  result jsonb,
  failure jsonb,
  ended_by text,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  unique (run_id, number)
);
create index run_attempt_open_idx on run_attempt (host, id) where ended_at is null;

create table run_event (
  root_id bigint not null references training_runs (id) on delete cascade,
  seq bigint not null check (seq >= 1),
  run_id bigint not null references training_runs (id) on delete cascade,
  type text not null check (type in ('created', 'status', 'progress', 'log', 'partial', 'result',
    'artifact', 'decision', 'attempt')),
  payload jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (root_id, seq)
);
create index run_event_run_idx on run_event (run_id, seq);

-- Telemetry: little-endian pairs (step float64, value float64), `count` of them, in step order.
create table metric_chunk (
  run_id bigint not null references training_runs (id) on delete cascade,
  series text not null,
  first_step double precision not null,
  last_step double precision not null,
  count integer not null check (count >= 1),
  min double precision,
  max double precision,
  values bytea not null,
  primary key (run_id, series, first_step),
  check (last_step >= first_step)
);

create table resource_metrics (
  run_id bigint not null references training_runs (id) on delete cascade,
  at timestamptz not null,
  cpu_percent double precision not null,
  cpu_count integer not null,
  memory_used_bytes bigint not null,
  memory_percent double precision not null,
  memory_available_bytes bigint not null,
  gpu_percent double precision,
  vram_used_bytes bigint,
  vram_percent double precision,
  disk_read_mb_s double precision not null,
  disk_write_mb_s double precision not null,
  net_sent_mb_s double precision not null,
  net_recv_mb_s double precision not null,
  process_cpu_percent double precision not null,
  process_rss_bytes bigint not null,
  process_threads integer not null,
  primary key (run_id, at)
);

create table run_parameters (
  run_id bigint not null references training_runs (id) on delete cascade,
  section text not null,
  name text not null,
  value jsonb not null,
  primary key (run_id, section, name)
);
create index run_parameters_name_idx on run_parameters (section, name);

-- Final metrics: over everything (`all`), per series, per backtest window, per step ahead.
create table run_results (
  run_id bigint not null references training_runs (id) on delete cascade,
  group_kind text not null default 'all' check (group_kind in ('all', 'series', 'window', 'step')),
  group_key text not null default '',
  metric text not null,
  value double precision,
  count bigint,
  primary key (run_id, group_kind, group_key, metric),
  check ((group_kind = 'all') = (group_key = ''))
);

create table model_artifacts (
  id bigint generated always as identity primary key,
  run_id bigint not null references training_runs (id) on delete cascade,
  kind text not null,
  name text not null,
  path text not null check (path !~ '^/' and path !~ '(^|/)\.\.(/|$)'),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint not null check (bytes >= 0),
  media_type text not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  unique (run_id, name)
);
create index model_artifacts_sha256_idx on model_artifacts (sha256);

-- Final forecasts, one row per series and step; lo and hi follow `levels`.
create table predictions (
  run_id bigint not null references training_runs (id) on delete cascade,
  unique_id text not null,
  step integer not null check (step >= 1),
  ds text not null,
  y_hat double precision,
  levels real[] not null default '{}',
  lo double precision[] not null default '{}',
  hi double precision[] not null default '{}',
  primary key (run_id, unique_id, step),
  check (cardinality(levels) = cardinality(lo) and cardinality(levels) = cardinality(hi))
);

-- What the sampler proposed and heard, the durable record of a study (run_id: the candidate).
create table optimization_history (
  id bigint generated always as identity primary key,
  run_id bigint not null references training_runs (id) on delete cascade,
  trial_run_id bigint references training_runs (id) on delete set null,
  trial_number integer not null check (trial_number >= 0),
  state text not null check (state in ('running', 'complete', 'pruned', 'failed')),
  params jsonb not null default '{}',
  value double precision,
  intermediate jsonb not null default '[]',
  attributes jsonb not null default '{}',
  seconds double precision,
  asked_at timestamptz not null default now(),
  told_at timestamptz,
  unique (run_id, trial_number),
  check ((state = 'running') = (told_at is null))
);
create index optimization_history_trial_run_idx on optimization_history (trial_run_id);

create table logs (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  level text not null check (level in ('debug', 'info', 'warning', 'error')),
  source text not null,
  run_id bigint references training_runs (id) on delete cascade,
  code text,
  message text not null,
  payload jsonb not null default '{}'
);
create index logs_run_idx on logs (run_id, id);
create index logs_at_idx on logs (at);

create table notifications (
  id bigint generated always as identity primary key,
  user_id text not null references "user" ("id") on delete cascade,
  project_id bigint references project (id) on delete cascade,
  run_id bigint references training_runs (id) on delete cascade,
  code text not null,
  params jsonb not null default '{}',
  created_at timestamptz not null default now(),
  read_at timestamptz
);
create index notifications_user_idx on notifications (user_id, id desc);
create index notifications_unread_idx on notifications (user_id) where read_at is null;
create index notifications_run_idx on notifications (run_id);

create table system_config (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now(),
  updated_by text references "user" ("id") on delete set null
);

create function fn_set_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end;
$$;
create trigger trg_experiments_set_updated_at before update on experiments
  for each row when (old.* is distinct from new.*) execute function fn_set_updated_at();
create trigger trg_training_runs_set_updated_at before update on training_runs
  for each row when (old.* is distinct from new.*) execute function fn_set_updated_at();

-- Appends to a tree's history. The root's row lock orders the numbers as they commit, so a reader
-- who has seen `seq` n has seen everything before it; a sequence would not promise that.
create function fn_append_run_event(p_root_id bigint, p_run_id bigint, p_type text, p_payload jsonb)
returns bigint language plpgsql as $$
declare
  v_seq bigint;
begin
  update training_runs set event_seq = event_seq + 1
    where id = p_root_id and parent_id is null returning event_seq into v_seq;
  if v_seq is null then
    raise exception 'run % is not a root', p_root_id using errcode = 'foreign_key_violation';
  end if;
  insert into run_event (root_id, seq, run_id, type, payload)
    values (p_root_id, v_seq, p_run_id, p_type, p_payload);
  return v_seq;
end;
$$;

-- Keeps at most p_keep snapshots of a run. Every second one goes, so that what is left still
-- covers the whole run. Answers how many went.
create function fn_thin_resource_metrics(p_run_id bigint, p_keep integer default 1000)
returns integer language plpgsql as $$
declare
  v_removed integer := 0;
  v_step integer;
begin
  while (select count(*) from resource_metrics where run_id = p_run_id) > p_keep loop
    delete from resource_metrics m using (
      select at, row_number() over (order by at desc) as n from resource_metrics where run_id = p_run_id
    ) r where m.run_id = p_run_id and m.at = r.at and r.n % 2 = 0;
    get diagnostics v_step = row_count;
    exit when v_step = 0;
    v_removed := v_removed + v_step;
  end loop;
  return v_removed;
end;
$$;

-- One row per experiment: how many runs stand where, and what it has cost.
create view v_experiment_summary as
select e.id as experiment_id, e.project_id, e.track, e.name,
  count(r.id) as runs,
  count(r.id) filter (where r.status = 'succeeded') as succeeded,
  count(r.id) filter (where r.status = 'failed') as failed,
  count(r.id) filter (where r.status = 'cancelled') as cancelled,
  count(r.id) filter (where r.status not in ('succeeded', 'failed', 'cancelled')) as active,
  coalesce(sum(r.cpu_seconds), 0) as cpu_seconds,
  max(r.created_at) as last_run_at
from experiments e
left join training_runs r on r.experiment_id = e.id and r.parent_id is null
group by e.id;

-- The candidates of each search, best first. MASE orders a forecast, `score` (higher is better)
-- the other tracks; a candidate without a score stands last.
create view v_run_leaderboard as
select root_id, id as run_id, project_id, track, name, status, outcome, metrics, cpu_seconds,
  (metrics ->> 'mase')::double precision as mase,
  (metrics ->> 'score')::double precision as score,
  rank() over (partition by root_id
    order by (metrics ->> 'mase')::double precision nulls last, (metrics ->> 'score')::double precision desc nulls last) as rank
from training_runs
where kind in ('candidate', 'ensemble');

-- What a run took of the machine; the source of nf_model_runs.resource_summary.
create view v_resource_summary as
select run_id, count(*) as samples, min(at) as first_at, max(at) as last_at,
  avg(cpu_percent) as cpu_percent_mean, max(cpu_percent) as cpu_percent_max,
  max(memory_used_bytes) as memory_used_bytes_max, max(memory_percent) as memory_percent_max,
  avg(gpu_percent) as gpu_percent_mean, max(gpu_percent) as gpu_percent_max,
  max(vram_used_bytes) as vram_used_bytes_max,
  avg(disk_read_mb_s) as disk_read_mb_s_mean, avg(disk_write_mb_s) as disk_write_mb_s_mean,
  avg(net_sent_mb_s) as net_sent_mb_s_mean, avg(net_recv_mb_s) as net_recv_mb_s_mean,
  avg(process_cpu_percent) as process_cpu_percent_mean, max(process_rss_bytes) as process_rss_bytes_max,
  max(process_threads) as process_threads_max
from resource_metrics
group by run_id;

-- 0003_nf_model_runs

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

-- 0004_history_indexes

-- The history across several projects, newest first, and the roots that tried a family.

create index training_runs_newest_idx on training_runs (id desc) where parent_id is null;
create index training_runs_family_idx on training_runs ((spec ->> 'family'), root_id)
  where kind in ('candidate', 'ensemble');

-- 0005_themes

-- Themes of pictures. The first five tables are the documented ones, with their columns and nothing
-- else; whatever more a picture, a label or a theme needs stands in tables beside them.

create table theme (
  id bigint generated by default as identity primary key,
  name text not null unique check (char_length(name) between 1 and 200),
  description text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table label (
  id bigint generated by default as identity primary key,
  theme_id bigint not null references theme (id) on delete cascade,
  label_name text not null check (char_length(label_name) between 1 and 200),
  created_at timestamptz not null default now(),
  unique (theme_id, label_name),
  unique (theme_id, id)
);

-- image_path is relative to the home. `deleted/<sha256>`: the file is gone, and the row stays because
-- a model was trained on it.
create table train_data (
  id bigint generated by default as identity primary key,
  image_path text not null check (image_path !~ '^/' and image_path !~ '(^|/)\.\.(/|$)'),
  theme_id bigint not null references theme (id) on delete cascade,
  label_id bigint references label (id),
  split text check (split in ('train', 'valid', 'test')),
  labeled_by text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (theme_id, label_id) references label (theme_id, id)
) with (fillfactor = 80);
create index train_data_page_idx on train_data (theme_id, id desc);
create index train_data_label_idx on train_data (theme_id, label_id, id desc);
create index train_data_split_idx on train_data (theme_id, split, id desc);

create table model (
  id bigint generated by default as identity primary key,
  theme_id bigint not null references theme (id) on delete cascade,
  mlflow_run_id text not null unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index model_theme_idx on model (theme_id, id desc);

create table model_train_data (
  model_id bigint not null references model (id) on delete cascade,
  train_data_id bigint not null references train_data (id),
  primary key (model_id, train_data_id)
);
create index model_train_data_image_idx on model_train_data (train_data_id);

create trigger trg_theme_set_updated_at before update on theme
  for each row when (old.* is distinct from new.*) execute function fn_set_updated_at();
create trigger trg_train_data_set_updated_at before update on train_data
  for each row when (old.* is distinct from new.*) execute function fn_set_updated_at();
create trigger trg_model_set_updated_at before update on model
  for each row when (old.* is distinct from new.*) execute function fn_set_updated_at();

-- A split is for ever: only the audited reset, which sets `minori.split_reset` for its transaction,
-- may change or empty one that is set.
create function fn_split_is_persistent() returns trigger language plpgsql as $$
begin
  if current_setting('minori.split_reset', true) is distinct from 'on' then
    raise exception 'picture % is assigned to %', old.id, old.split
      using errcode = 'integrity_constraint_violation', constraint = 'split_is_persistent';
  end if;
  return new;
end;
$$;
create trigger trg_train_data_split before update of split on train_data
  for each row when (old.split is not null and new.split is distinct from old.split)
  execute function fn_split_is_persistent();

-- To whom a theme belongs. Its row lock orders all that is written to one theme, and event_seq with it.
create table theme_info (
  theme_id bigint primary key references theme (id) on delete cascade,
  project_id bigint not null references project (id) on delete cascade,
  owner_id text not null references "user" ("id"),
  event_seq bigint not null default 0
);
create index theme_info_project_idx on theme_info (project_id, theme_id desc);

create function fn_theme_follows_info() returns trigger language plpgsql as $$
begin
  delete from theme where id = old.theme_id;
  return null;
end;
$$;
create trigger trg_theme_info_delete after delete on theme_info
  for each row execute function fn_theme_follows_info();

create table theme_member (
  theme_id bigint not null references theme (id) on delete cascade,
  user_id text not null references "user" ("id") on delete cascade,
  role text not null check (role in ('owner', 'labeler', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (theme_id, user_id)
);
create index theme_member_user_idx on theme_member (user_id);

-- Order and colour of a label; stays after the label is gone, so that the history keeps its words.
create table label_info (
  label_id bigint primary key,
  theme_id bigint not null references theme (id) on delete cascade,
  label_name text not null,
  position integer not null default 0,
  color text check (color ~ '^#[0-9a-f]{6}$'),
  deleted_at timestamptz
);
create index label_info_theme_idx on label_info (theme_id, position);

-- Pictures per label and split, kept by triggers whoever writes. label_id 0 and split '' stand for none.
create table theme_count (
  theme_id bigint not null references theme (id) on delete cascade,
  label_id bigint not null,
  split text not null,
  images bigint not null,
  primary key (theme_id, label_id, split)
);

create function fn_theme_count() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    update theme_count c set images = c.images - d.n
    from (select theme_id, coalesce(label_id, 0) as label_id, coalesce(split, '') as split, count(*) as n
      from old_rows where image_path !~ '^deleted/' group by 1, 2, 3) d
    where c.theme_id = d.theme_id and c.label_id = d.label_id and c.split = d.split;
  end if;
  if tg_op <> 'DELETE' then
    insert into theme_count as c (theme_id, label_id, split, images)
    select theme_id, coalesce(label_id, 0), coalesce(split, ''), count(*)
    from new_rows where image_path !~ '^deleted/' group by 1, 2, 3 order by 1, 2, 3
    on conflict (theme_id, label_id, split) do update set images = c.images + excluded.images;
  end if;
  return null;
end;
$$;
create trigger trg_train_data_count_insert after insert on train_data
  referencing new table as new_rows for each statement execute function fn_theme_count();
create trigger trg_train_data_count_update after update on train_data
  referencing old table as old_rows new table as new_rows for each statement execute function fn_theme_count();
create trigger trg_train_data_count_delete after delete on train_data
  referencing old table as old_rows for each statement execute function fn_theme_count();

-- One split of a theme: what was asked and what came of it.
create table split_run (
  id bigint generated always as identity primary key,
  theme_id bigint not null references theme (id) on delete cascade,
  user_id text references "user" ("id") on delete set null,
  train double precision not null check (train between 0 and 1),
  valid double precision not null check (valid between 0 and 1),
  test double precision not null check (test between 0 and 1),
  seed bigint not null,
  reset boolean not null default false,
  reason text,
  assigned integer not null,
  quarantined integer not null,
  before jsonb not null,
  after jsonb not null,
  created_at timestamptz not null default now()
);
create index split_run_theme_idx on split_run (theme_id, id desc);

-- What is known of the file of a picture.
create table image (
  image_id bigint primary key references train_data (id) on delete cascade,
  theme_id bigint not null references theme (id) on delete cascade,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  name text not null,
  format text not null check (format in ('jpeg', 'png', 'webp', 'tiff')),
  bytes bigint not null check (bytes > 0),
  -- As seen: after EXIF has turned it.
  width integer not null check (width > 0),
  height integer not null check (height > 0),
  bits integer not null default 8,
  channels integer not null,
  -- SHA-256 of the pixels as seen, 8 bits RGB: equal in files that differ only in their encoding.
  pixels text not null,
  -- Difference hash, 64 bits as hex, and a 16 x 16 grey picture for the second look.
  dhash text not null check (dhash ~ '^[0-9a-f]{16}$'),
  grey bytea not null,
  -- Patient, device, lot: what must not be torn by a split.
  group_key text,
  uploaded_by text references "user" ("id") on delete set null,
  uploaded_at timestamptz not null default now(),
  labeled_at timestamptz,
  split_run_id bigint references split_run (id) on delete set null,
  split_reason text check (split_reason in ('ratio', 'group', 'duplicate', 'import', 'person')),
  -- A picture that belongs to two splits at once belongs to none.
  quarantined_at timestamptz,
  quarantine jsonb,
  deleted_at timestamptz,
  deleted_by text references "user" ("id") on delete set null,
  unique (theme_id, sha256)
);
create index image_pixels_idx on image (theme_id, pixels);
create index image_group_idx on image (theme_id, group_key) where group_key is not null;
create index image_uploader_idx on image (theme_id, uploaded_by, image_id desc);
create index image_quarantine_idx on image (theme_id, image_id desc) where quarantined_at is not null;

-- Pairs of pictures that show the same. `pixels` and `hash` hold a split together; `embedding` is a
-- finding for people.
create table near_duplicate (
  image_a bigint not null references train_data (id) on delete cascade,
  image_b bigint not null references train_data (id) on delete cascade,
  theme_id bigint not null references theme (id) on delete cascade,
  distance double precision not null,
  kind text not null check (kind in ('pixels', 'hash', 'embedding')),
  created_at timestamptz not null default now(),
  primary key (image_a, image_b, kind),
  check (image_a < image_b)
);
create index near_duplicate_b_idx on near_duplicate (image_b);
create index near_duplicate_theme_idx on near_duplicate (theme_id, kind);

-- Little-endian float32 numbers of one encoder.
create table image_embedding (
  image_id bigint not null references train_data (id) on delete cascade,
  model text not null,
  vector bytea not null,
  created_at timestamptz not null default now(),
  primary key (image_id, model)
);

-- Order of a queue, highest score first.
create table image_score (
  image_id bigint not null references train_data (id) on delete cascade,
  queue text not null,
  theme_id bigint not null references theme (id) on delete cascade,
  score double precision not null,
  details jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (image_id, queue)
);
create index image_score_queue_idx on image_score (theme_id, queue, score desc, image_id desc);

-- What a model thinks, until a person says so.
create table image_prelabel (
  image_id bigint primary key references train_data (id) on delete cascade,
  theme_id bigint not null references theme (id) on delete cascade,
  label_id bigint not null references label (id) on delete cascade,
  confidence double precision not null check (confidence between 0 and 1),
  source text not null,
  created_at timestamptz not null default now()
);
create index image_prelabel_theme_idx on image_prelabel (theme_id, confidence desc);
create index image_prelabel_label_idx on image_prelabel (label_id);

-- One act of labeling, on one picture or many; undo and redo move whole acts.
create table label_batch (
  id bigint generated always as identity primary key,
  theme_id bigint not null references theme (id) on delete cascade,
  user_id text references "user" ("id") on delete set null,
  source text not null check (source in ('person', 'import', 'prelabel', 'label_removed')),
  label_id bigint,
  images integer not null,
  state text not null default 'done' check (state in ('done', 'undone', 'settled')),
  created_at timestamptz not null default now()
);
create index label_batch_theme_idx on label_batch (theme_id, id desc);
create index label_batch_undo_idx on label_batch (theme_id, user_id, state, id desc);

-- Who gave which label when. Labels are named in label_info, also those that are gone.
create table label_history (
  id bigint generated always as identity primary key,
  theme_id bigint not null references theme (id) on delete cascade,
  image_id bigint not null references train_data (id) on delete cascade,
  batch_id bigint not null references label_batch (id) on delete cascade,
  step text not null default 'do' check (step in ('do', 'undo', 'redo')),
  from_label_id bigint,
  to_label_id bigint,
  from_labeled_by text,
  labeled_by text,
  at timestamptz not null default now()
);
create index label_history_image_idx on label_history (image_id, id desc);
create index label_history_batch_idx on label_history (batch_id);
create index label_history_theme_idx on label_history (theme_id, id desc);

-- What each annotator said last of a picture; two who looked at one can be compared.
create table label_vote (
  image_id bigint not null references train_data (id) on delete cascade,
  annotator text not null,
  theme_id bigint not null references theme (id) on delete cascade,
  label_id bigint not null references label (id) on delete cascade,
  at timestamptz not null default now(),
  primary key (image_id, annotator)
);
create index label_vote_theme_idx on label_vote (theme_id);
create index label_vote_label_idx on label_vote (label_id);

-- What happened on a theme, for those who look at it now; old ones go.
create table theme_event (
  theme_id bigint not null references theme (id) on delete cascade,
  seq bigint not null,
  type text not null check (type in ('labels', 'images', 'images_deleted', 'split', 'theme', 'scores')),
  user_id text,
  payload jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (theme_id, seq)
);

-- One immutable state of a theme: every picture with label, split and group; the lines lie in
-- data/<sha256>/manifest.jsonl of the home.
create table theme_version (
  theme_id bigint not null references theme (id) on delete cascade,
  version integer not null check (version >= 1),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  images integer not null,
  counts jsonb not null,
  reason text not null check (reason in ('person', 'before_reset', 'training')),
  note text,
  created_by text references "user" ("id") on delete set null,
  created_at timestamptz not null default now(),
  primary key (theme_id, version)
);
create function fn_theme_version_immutable() returns trigger language plpgsql as $$
begin
  raise exception 'version % of theme % is immutable', old.version, old.theme_id
    using errcode = 'integrity_constraint_violation', constraint = 'theme_version_immutable';
end;
$$;
create trigger trg_theme_version_immutable before update on theme_version
  for each row when (row (old.theme_id, old.version, old.sha256, old.images) is distinct from
    row (new.theme_id, new.version, new.sha256, new.images))
  execute function fn_theme_version_immutable();

-- params.yaml and auguments.yaml as they were saved, numbered.
create table theme_config (
  theme_id bigint not null references theme (id) on delete cascade,
  name text not null check (name in ('params', 'auguments')),
  version integer not null check (version >= 1),
  text text not null check (char_length(text) <= 200000),
  restored_from integer,
  note text,
  created_by text references "user" ("id") on delete set null,
  created_at timestamptz not null default now(),
  primary key (theme_id, name, version)
);

-- Pictures that come in as a zip or a folder come in by a run.
alter table training_runs drop constraint training_runs_kind_check;
alter table training_runs add constraint training_runs_kind_check check (kind in ('search', 'candidate', 'trial',
  'ensemble', 'refit', 'ingest', 'thumbnail', 'embed', 'tuning', 'train', 'predict', 'compare', 'drift', 'reproduce',
  'register', 'export', 'import'));

-- 0030_forecast_adjustments

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

-- 0041_queue_decisions

-- What people decided about a picture besides its label, so that no survey asks them again.
--   label:    `about` is the picture's label; somebody looked a second time, and it stands
--   proposal: `about` is the label that a model proposed and somebody refused
--   copies:   `about` names the group of pictures that show the same; they may stay as they are
create table image_decision (
  image_id bigint not null references train_data (id) on delete cascade,
  subject text not null check (subject in ('label', 'proposal', 'copies')),
  about text not null,
  theme_id bigint not null references theme (id) on delete cascade,
  annotator text not null,
  batch_id bigint not null references label_batch (id) on delete cascade,
  -- Undo keeps the row, so that redo finds it.
  undone boolean not null default false,
  at timestamptz not null default now(),
  primary key (image_id, subject, about)
);
create index image_decision_batch_idx on image_decision (batch_id);
create index image_decision_theme_idx on image_decision (theme_id);

alter table label_batch drop constraint label_batch_source_check;
alter table label_batch add constraint label_batch_source_check
  check (source in ('person', 'import', 'prelabel', 'label_removed', 'decision'));

-- How a picture came to the label that it has: a proposal that was accepted is no judgement of a person's own.
alter table image add column label_source text check (label_source in ('person', 'import', 'prelabel'));
alter table label_history add column from_source text;
update image i set label_source = b.source
from (select distinct on (image_id) image_id, batch_id, to_label_id from label_history order by image_id, id desc) h
join label_batch b on b.id = h.batch_id
where h.image_id = i.image_id and h.to_label_id is not null and b.source in ('person', 'import', 'prelabel');

-- 0043_archived_themes

-- An archived theme is in no list any more, but opens by its address and can be brought back.
alter table theme_info add column archived_at timestamptz;

-- 0044_encoders

-- Whose numbers a theme's queues stand on: a folder of models/encoders in the home; null: EfficientNet-Lite0.
alter table theme_info add column encoder text check (encoder ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$');

-- What copies are found by: a small grey picture and its kin, the same whichever the encoder. Pictures never change,
-- so each is looked at once. Laid out as `image/fingerprints.py` of the engine has it; the first byte is its version.
create table image_fingerprint (
  image_id bigint primary key references train_data (id) on delete cascade,
  bytes bytea not null,
  created_at timestamptz not null default now()
);
-- Pictures do not compress.
alter table image_fingerprint alter column bytes set storage external;

-- So that Minori knows what is here already.
create table minori_migration (
  name text primary key, checksum text not null, applied_at timestamptz not null default now());
insert into minori_migration (name, checksum) values
  ('0001_identity_and_scope', '7263cd2a1cdb3dd029ae806141f0bc2cdb7960585f075313a8b964e760cc0660'),
  ('0002_datasets_and_runs', '4fadf2bed5d9b303714df1ec82941497fd71a12202d84ef947571fbfe410eafe'),
  ('0003_nf_model_runs', '5638632bc045ec3d643b8e5b3e3b91d0610524f651341bb98289b0070ae9f5ac'),
  ('0004_history_indexes', '40322aa4ac0a3e75b2facaee4af7f026485580b4f185b13a5bfe6a185cfd7a8f'),
  ('0005_themes', '0c60f5b04ab69fcad49d5e6653690163ca9a22574c16d9c774f8010cb8d88755'),
  ('0030_forecast_adjustments', '331f49fd9dd8dca210bae6b7cc8a97b44ef7377009f4f21ef17e8b897ecebc1e'),
  ('0041_queue_decisions', '4e0275a7dbe86a40f86f9943ca9c26d4ebf416e834967e924060bca36f307a9d'),
  ('0043_archived_themes', 'bec3ca8795b6843be22a15926aec773e9dc8c025249509361abcc7de39c924ff'),
  ('0044_encoders', '778cc7a94cd5c29fb45d4bd3f397537ee5f316e62db72d7e7e5d9b30e0723916');

commit;
