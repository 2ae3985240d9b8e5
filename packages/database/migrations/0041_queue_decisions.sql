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
