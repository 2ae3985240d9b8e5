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
