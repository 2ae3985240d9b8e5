-- The history across several projects, newest first, and the roots that tried a family.

create index training_runs_newest_idx on training_runs (id desc) where parent_id is null;
create index training_runs_family_idx on training_runs ((spec ->> 'family'), root_id)
  where kind in ('candidate', 'ensemble');
