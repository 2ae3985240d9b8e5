/** Every error leaves as problem+json with a stable code; one function maps what was thrown. */
import { ProblemError } from '@minori/contract';
import type { Problem } from '@minori/contract';
import { problemText } from '@minori/contract/texts';
import { isConnectionLost } from '@minori/database';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { App } from './app-type.ts';

const CODES: Readonly<Record<string, { code: string; status: number }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large', status: 413 },
  FST_REQ_FILE_TOO_LARGE: { code: 'file_too_large', status: 413 },
  FST_PARTS_LIMIT: { code: 'too_many_parts', status: 413 },
  FST_FILES_LIMIT: { code: 'too_many_parts', status: 413 },
  FST_FIELDS_LIMIT: { code: 'too_many_parts', status: 413 },
  FST_INVALID_MULTIPART_CONTENT_TYPE: { code: 'multipart_expected', status: 415 },
  FST_PROTO_VIOLATION: { code: 'name_forbidden', status: 400 },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'media_type_unsupported', status: 415 },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'json_invalid', status: 400 },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'json_invalid', status: 400 },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'request_invalid', status: 400 },
  ENOSPC: { code: 'disk_full', status: 507 },
  EDQUOT: { code: 'disk_full', status: 507 },
};

export function problemOf(code: string, status: number, params: Record<string, unknown> = {}): Problem {
  return { type: `urn:minori:problem:${code}`, title: problemText('en', code, params), status, code, params };
}

/** What was thrown, as the answer that tells the caller exactly as much as it should know. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return problemOf(error.code, error.status, error.params);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map((issue) => ({
      path: `${error.validationContext ?? 'body'}${issue.instancePath}`,
      code: issue.keyword,
      message: issue.message ?? '',
    }));
    return {
      ...problemOf('request_invalid', 400, { path: errors[0]?.path ?? '', detail: errors[0]?.message ?? '' }),
      errors,
    };
  }
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = code === undefined ? undefined : CODES[code];
  if (known) return problemOf(known.code, known.status);
  // A missing file has the code of a missing socket.
  if (isConnectionLost(error) && (error as NodeJS.ErrnoException).path === undefined)
    return problemOf('database_unavailable', 503);
  if (error instanceof SyntaxError && statusCode === 400) return problemOf('json_invalid', 400);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return problemOf('request_invalid', statusCode, { path: '', detail: '' });
  return problemOf('internal_error', 500);
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503) void reply.header('retry-after', '2');
  const after = problem.params['retry_after'];
  if (typeof after === 'number') void reply.header('retry-after', String(Math.ceil(after)));
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problem);
}

export function registerProblems(app: App): void {
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const problem = toProblem(error);
    if (problem.status >= 500 && problem.code !== 'database_unavailable')
      request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    return sendProblem(reply, problem);
  });
}
