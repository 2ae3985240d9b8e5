/** /api/v1/uploads, datasets, samples. */
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import {
  checkAnswer,
  checkRequest,
  createDataset,
  dataset as datasetSchema,
  datasetDetail,
  datasetPage,
  idParam,
  pageQuery,
  ProblemError,
  sample as sampleSchema,
  seriesAnswer,
  upload as uploadSchema,
} from '@minori/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../http/app-type.ts';
import { defaultProject, requireProject, scopeOf } from '../identity/scope.ts';
import { buildDataset, checkUpload, previewUpload, readSeries } from './service.ts';
import type { DatasetsDeps } from './service.ts';
import { findSample, readSamples } from './samples.ts';
import { findDataset, listDatasets, readDetail } from './store.ts';
import {
  contentOf,
  createUpload,
  readUpload,
  receive,
  receivedBytes,
  refuseAnnounced,
  removeUpload,
} from './uploads.ts';

const uploadParams = z.object({ id: z.string().max(64) });
const projectQuery = z.object({ project_id: z.coerce.number().int().optional() });
const startUpload = z.strictObject({
  name: z.string().min(1).max(400),
  bytes: z.int().nonnegative(),
  project_id: z.int().optional(),
  /** `images`: a zip for /api/v1/themes/:theme_id/imports. */
  purpose: z.enum(['dataset', 'images']).default('dataset'),
});
const startedUpload = z.strictObject({
  id: z.string(),
  name: z.string(),
  received: z.int(),
  bytes: z.int().nullable(),
});
const listQuery = pageQuery.extend({
  key: z.string().max(200).optional(),
  project_id: z.coerce.number().int().optional(),
  q: z.string().max(200).optional(),
});
const versionQuery = z.object({ version: z.coerce.number().int().positive().optional() });
const seriesQuery = versionQuery.extend({
  ids: z
    .string()
    .max(20_000)
    .transform((text) => text.split(',').map(decodeURIComponent).filter(Boolean))
    .optional(),
  offset: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().positive().max(200).default(50),
  /** Only the last points of each series, unthinned up to 2,000. */
  last: z.coerce.number().int().positive().max(100_000).optional(),
});
const rowsQuery = versionQuery.extend({ limit: z.coerce.number().int().positive().max(1000).default(50) });
const rowsAnswer = z.strictObject({ columns: z.array(z.string()), rows: z.array(z.array(z.string().nullable())) });
const sampleRequest = z.strictObject({ project_id: z.int().optional(), run_id: z.string().optional() });

export async function datasetRoutes(app: App, deps: DatasetsDeps): Promise<void> {
  await app.register(multipart, {
    limits: {
      fileSize: deps.config.max_bytes,
      files: 1,
      fields: 5,
      parts: 6,
      fieldNameSize: 100,
      fieldSize: 1000,
      headerPairs: 50,
    },
    throwFileSizeLimit: false,
  });

  app.post(
    '/api/v1/uploads',
    { schema: { querystring: projectQuery, response: { 201: uploadSchema } } },
    async (request, reply) => {
      const scope = scopeOf(request);
      const projectId = request.query.project_id ?? defaultProject(scope);
      requireProject(scope, projectId, 'editor');
      if (!request.isMultipart()) throw new ProblemError('multipart_expected', 415);
      await refuseUnread(deps, request, reply);
      const part = await request.file();
      if (!part) throw new ProblemError('file_missing', 400);
      const upload = await createUpload(deps, scope, { name: part.filename, projectId, expected: null });
      try {
        await receive(deps, upload, part.file, 0);
      } catch (error) {
        part.file.resume();
        await removeUpload(deps.home, upload.id);
        throw error;
      }
      return reply.code(201).send(await previewUpload(deps, upload, abortOf(reply)));
    },
  );

  // Large files in pieces that can be taken up again: announce, then PUT from `received` on.
  app.post(
    '/api/v1/uploads/start',
    { schema: { body: startUpload, response: { 201: startedUpload } } },
    async (request, reply) => {
      const scope = scopeOf(request);
      const projectId = request.body.project_id ?? defaultProject(scope);
      requireProject(scope, projectId, 'editor');
      const upload = await createUpload(deps, scope, {
        name: request.body.name,
        projectId,
        expected: request.body.bytes,
        purpose: request.body.purpose,
      });
      return reply.code(201).send({ id: upload.id, name: upload.name, received: 0, bytes: upload.expected });
    },
  );

  app.get(
    '/api/v1/uploads/:id',
    { schema: { params: uploadParams, response: { 200: z.union([uploadSchema, startedUpload]) } } },
    async (request) => {
      const upload = await readUpload(deps.home, scopeOf(request), request.params.id);
      const received = await receivedBytes(deps.home, upload);
      return upload.preview === null
        ? { id: upload.id, name: upload.name, received, bytes: upload.expected }
        : { id: upload.id, name: upload.name, bytes: received, preview: upload.preview };
    },
  );

  await app.register(async (raw) => {
    raw.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    (raw as App).put(
      '/api/v1/uploads/:id',
      {
        bodyLimit: deps.config.max_bytes,
        schema: {
          params: uploadParams,
          querystring: z.object({ offset: z.coerce.number().int().nonnegative().default(0) }),
          response: { 200: z.union([uploadSchema, startedUpload]) },
        },
      },
      async (request, reply) => {
        const upload = await readUpload(deps.home, scopeOf(request), request.params.id);
        await refuseUnread(deps, request, reply);
        const received = await receive(deps, upload, bodyOf(request), request.query.offset);
        if (upload.purpose === 'images' || (upload.expected !== null && received < upload.expected))
          return { id: upload.id, name: upload.name, received, bytes: upload.expected };
        return previewUpload(deps, upload, abortOf(reply));
      },
    );
  });

  app.delete(
    '/api/v1/uploads/:id',
    { schema: { params: uploadParams, response: { 204: z.null() } } },
    async (request, reply) => {
      const upload = await readUpload(deps.home, scopeOf(request), request.params.id);
      await removeUpload(deps.home, upload.id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/v1/uploads/:id/check',
    { schema: { params: uploadParams, body: checkRequest, response: { 200: checkAnswer } } },
    async (request, reply) => {
      const scope = scopeOf(request);
      return checkUpload(
        deps,
        scope,
        await readUpload(deps.home, scope, request.params.id),
        request.body,
        abortOf(reply),
      );
    },
  );

  app.get('/api/v1/datasets', { schema: { querystring: listQuery, response: { 200: datasetPage } } }, async (request) =>
    listDatasets(deps.db, scopeOf(request), request.query),
  );

  app.post(
    '/api/v1/datasets',
    { schema: { body: createDataset, response: { 200: datasetSchema, 201: datasetSchema } } },
    async (request, reply) => {
      const scope = scopeOf(request);
      const { upload_id: uploadId, mapping, fixes, name, run_id: runId } = request.body;
      const upload = await readUpload(deps.home, scope, uploadId);
      const projectId = request.body.project_id ?? upload.project_id;
      requireProject(scope, projectId, 'editor');
      const { dataset, created } = await buildDataset(deps, scope, {
        source: { path: contentOf(deps.home, upload), name: upload.name, upload_id: upload.id, mapping, fixes },
        projectId,
        target: { kind: 'new', name: name ?? nameOf(upload.name) },
        runId,
      });
      return reply.code(created ? 201 : 200).send(dataset);
    },
  );

  app.get(
    '/api/v1/datasets/:id',
    { schema: { params: idParam, querystring: versionQuery, response: { 200: datasetDetail } } },
    async (request) => readDetail(deps.db, scopeOf(request), request.params.id, request.query.version),
  );

  app.post(
    '/api/v1/datasets/:id/versions',
    { schema: { params: idParam, body: createDataset, response: { 200: datasetSchema, 201: datasetSchema } } },
    async (request, reply) => {
      const scope = scopeOf(request);
      const base = await findDataset(deps.db, scope, request.params.id, 'editor');
      const { upload_id: uploadId, mapping, fixes, run_id: runId } = request.body;
      const upload = await readUpload(deps.home, scope, uploadId);
      const { dataset, created } = await buildDataset(deps, scope, {
        source: { path: contentOf(deps.home, upload), name: upload.name, upload_id: upload.id, mapping, fixes },
        projectId: base.project_id,
        target: { kind: 'append', dataset: base },
        runId,
      });
      return reply.code(created ? 201 : 200).send(dataset);
    },
  );

  app.get(
    '/api/v1/datasets/:id/series',
    { schema: { params: idParam, querystring: seriesQuery, response: { 200: seriesAnswer } } },
    async (request, reply) => {
      const { items, total } = await readSeries(
        deps,
        scopeOf(request),
        request.params.id,
        request.query,
        abortOf(reply),
      );
      return { items, total };
    },
  );

  app.get(
    '/api/v1/datasets/:id/rows',
    { schema: { params: idParam, querystring: rowsQuery, response: { 200: rowsAnswer } } },
    async (request, reply) => {
      const { version, limit } = request.query;
      const { sample } = await readSeries(
        deps,
        scopeOf(request),
        request.params.id,
        { version, offset: 0, limit: 1, sampleRows: limit },
        abortOf(reply),
      );
      return sample;
    },
  );

  app.get(
    '/api/v1/samples',
    { schema: { response: { 200: z.strictObject({ items: z.array(sampleSchema), next: z.null() }) } } },
    async () => ({
      items: (await readSamples()).map(({ file: _file, mapping: _mapping, ...shown }) => shown),
      next: null,
    }),
  );

  app.post(
    '/api/v1/samples/:id',
    {
      schema: {
        params: uploadParams,
        body: sampleRequest.nullish(),
        response: { 200: datasetSchema, 201: datasetSchema },
      },
    },
    async (request, reply) => {
      const scope = scopeOf(request);
      const projectId = request.body?.project_id ?? defaultProject(scope);
      requireProject(scope, projectId, 'editor');
      const { path, file, mapping } = await findSample(request.params.id);
      const { dataset, created } = await buildDataset(deps, scope, {
        source: { path, name: file, upload_id: null, mapping, fixes: [] },
        projectId,
        target: { kind: 'new', name: nameOf(file) },
        runId: request.body?.run_id,
      });
      return reply.code(created ? 201 : 200).send(dataset);
    },
  );
}

/** What is refused unread would otherwise be sent to its end all the same: the connection closes. */
async function refuseUnread(deps: DatasetsDeps, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  try {
    await refuseAnnounced(deps, request.headers['content-length']);
  } catch (error) {
    void reply.header('connection', 'close');
    throw error;
  }
}

/** The body as a stream of its own: a refusal ends it, while the request stays whole for the answer. */
function bodyOf(request: FastifyRequest): Readable {
  const { raw } = request;
  const body = new PassThrough();
  raw.pipe(body);
  raw.once('error', (error) => body.destroy(error));
  raw.once('aborted', () => body.destroy(new Error('the client has left')));
  body.once('close', () => {
    raw.unpipe(body);
    raw.resume();
  });
  return body;
}

/** Fires when the caller is gone: nobody waits for the answer any more. */
function abortOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

function nameOf(file: string): string {
  return file.replace(/\.(csv|tsv|txt|xlsx|parquet)$/i, '') || file;
}
