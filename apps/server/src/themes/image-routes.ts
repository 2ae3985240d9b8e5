/** Pictures over HTTP: lists, one, its files, upload, delete. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import {
  deleteImages as deleteImagesBody,
  imageFileQuery,
  imagePage,
  imagesDeleted,
  imagesQuery,
  knownImages,
  knownImagesAnswer,
  ProblemError,
  themeImageDetail,
  themeImageParam,
  themeParam,
  updateImage as updateImageBody,
  uploadAnnotations,
  uploadedImages,
  uploadQuery,
} from '@minori/contract';
import type { UploadAnnotation } from '@minori/contract';
import type { Multipart, MultipartValue } from '@fastify/multipart';
import { IMAGE_LIMITS } from '@minori/images';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { findTheme } from './access.ts';
import { findFile, MEDIA_TYPE } from './files.ts';
import { deleteImages, findImage, knownContents, listImages, readImage, updateImage } from './images.ts';
import { shownName } from './read-items.ts';
import { FILES_PER_REQUEST, uploadImages } from './upload.ts';
import type { UploadImagesDeps } from './upload.ts';

const tags = ['themes'];
/** What may be said of the files of one request. */
const ANNOTATION_BYTES = 4 * 1024 ** 2;
/** A file never changes under its address, but who may see it does. */
const CACHE = 'private, max-age=86400';

export function imageRoutes(app: App, deps: UploadImagesDeps): void {
  const { db } = deps;
  app.get(
    '/api/theme/:theme_id/images/',
    { schema: { tags, params: themeParam, querystring: imagesQuery, response: { 200: imagePage } } },
    (request) => listImages(db, scopeOf(request), request.params.theme_id, request.query),
  );
  app.get(
    '/api/theme/:theme_id/images/:image_id/',
    { schema: { tags, params: themeImageParam, response: { 200: themeImageDetail } } },
    (request) => readImage(db, scopeOf(request), request.params),
  );
  app.patch(
    '/api/theme/:theme_id/images/:image_id/',
    { schema: { tags, params: themeImageParam, body: updateImageBody, response: { 200: themeImageDetail } } },
    (request) => updateImage(deps, scopeOf(request), request.params, request.body),
  );
  app.delete(
    '/api/theme/:theme_id/images/:image_id/',
    { schema: { tags, params: themeImageParam, response: { 200: imagesDeleted } } },
    (request) =>
      deleteImages(deps, scopeOf(request), request.params.theme_id, { image_ids: [request.params.image_id] }),
  );
  app.post(
    '/api/theme/:theme_id/images/delete/',
    { schema: { tags, params: themeParam, body: deleteImagesBody, response: { 200: imagesDeleted } } },
    (request) => deleteImages(deps, scopeOf(request), request.params.theme_id, request.body),
  );
  app.post(
    '/api/v1/themes/:theme_id/images/known',
    { schema: { tags, params: themeParam, body: knownImages, response: { 200: knownImagesAnswer } } },
    async (request) => ({
      sha256: await knownContents(db, scopeOf(request), request.params.theme_id, request.body.sha256),
    }),
  );

  app.post(
    '/api/theme/:theme_id/images/upload/',
    {
      schema: {
        tags,
        consumes: ['multipart/form-data'],
        params: themeParam,
        querystring: uploadQuery,
        response: { 200: uploadedImages },
      },
    },
    async (request) => {
      const scope = scopeOf(request);
      // Before a byte of it is read.
      await findTheme(db, scope, request.params.theme_id, 'labeler');
      if (!request.isMultipart()) throw new ProblemError('multipart_expected', 415);
      const parts = request.parts({
        preservePath: true,
        limits: {
          files: FILES_PER_REQUEST,
          fileSize: IMAGE_LIMITS.bytes,
          fields: 10,
          fieldSize: ANNOTATION_BYTES,
          parts: FILES_PER_REQUEST + 10,
        },
      });
      const sent = readParts(parts);
      return uploadImages(deps, scope, request.params.theme_id, { ...request.query, said: sent.said }, sent.files());
    },
  );

  app.get(
    '/api/v1/themes/:theme_id/images/:image_id/file',
    { schema: { tags, params: themeImageParam, querystring: imageFileQuery } },
    async (request, reply) => {
      const image = await findImage(db, scopeOf(request), request.params);
      const { size } = request.query;
      const { path, reduced } = await findFile(deps.home, image.image_path, size);
      const etag = `"${image.sha256.slice(0, 32)}-${size}"`;
      void reply.header('cache-control', CACHE).header('etag', etag);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      const facts = await stat(path).catch(() => null);
      if (facts === null) throw new ProblemError('image_file_missing', 410);
      // Nothing in a picture may run, whatever a browser makes of it.
      void reply.header('content-security-policy', "default-src 'none'; sandbox").header('content-length', facts.size);
      if (size === 'original')
        void reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(image.name)}`);
      return reply.type(reduced ? 'image/webp' : MEDIA_TYPE[image.format]).send(createReadStream(path));
    },
  );
}

/** Files as they come, and what the field `annotations` has said of them by then. */
function readParts(parts: AsyncIterable<Multipart>) {
  const known = new Map<string, UploadAnnotation>();
  return {
    said: (name: string) => known.get(name),
    async *files() {
      for await (const part of parts) {
        if (part.type === 'file') yield part;
        else if (part.fieldname === 'annotations')
          for (const one of annotationsOf(part)) known.set(shownName(one.name), one);
      }
    },
  };
}

/** @throws ProblemError invalid_request 400 */
function annotationsOf(part: MultipartValue): UploadAnnotation[] {
  let given: unknown;
  try {
    given = part.valueTruncated ? null : JSON.parse(String(part.value));
  } catch {
    given = null;
  }
  const { success, data } = uploadAnnotations.safeParse(given);
  if (!success) throw new ProblemError('upload_annotations_invalid', 400);
  return data;
}
