-- An archived theme is in no list any more, but opens by its address and can be brought back.
alter table theme_info add column archived_at timestamptz;
