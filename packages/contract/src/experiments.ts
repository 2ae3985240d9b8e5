/** An experiment gathers the runs that ask one question: a dataset and what is wanted of it. */
import { z } from 'zod';
import { page } from './http.ts';
import { track } from './run.ts';

export const experiment = z.strictObject({
  id: z.int(),
  project_id: z.int(),
  owner: z.string(),
  track,
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  runs: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  active: z.int(),
  cpu_seconds: z.number(),
  last_run_at: z.string().nullable(),
  created_at: z.string(),
});
export type Experiment = z.infer<typeof experiment>;
export const experimentPage = page(experiment);
const tags = z.array(z.string().min(1).max(100)).max(50);
/** `POST /api/v1/experiments`. */
export const createExperiment = z.strictObject({
  project_id: z.int().optional(),
  track,
  name: z.string().min(1).max(200),
  description: z.string().max(5000).default(''),
  tags: tags.default([]),
});
/** `PATCH /api/v1/experiments/:id`. */
export const updateExperiment = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  description: z.string().max(5000).optional(),
  tags: tags.optional(),
});
