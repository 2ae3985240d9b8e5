/** Themes for tests, through the API. */
import { randomUUID } from 'node:crypto';
import type { ThemeDetail, UploadedImages } from '@minori/contract';
import type { InjectOptions } from 'fastify';
import { numberedPng } from '@minori/images/testing';
import type { Person, TestServer } from '../../testing/server.ts';

/** An answer of the API to one person. */
export async function ask<T>(
  server: TestServer,
  person: Person,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  payload?: InjectOptions['payload'],
) {
  return server.json<T>({ method, url, headers: person.headers, ...(payload === undefined ? {} : { payload }) });
}
export const codeOf = ({ status, body }: { status: number; body: unknown }) => ({
  status,
  code: (body as { code?: string }).code,
});

let made = 0;

export async function createTheme(
  server: TestServer,
  person: Person,
  labels: readonly string[] = ['cat', 'dog'],
  name = `theme ${(made += 1)}`,
): Promise<ThemeDetail> {
  const { status, body } = await server.json<ThemeDetail>({
    method: 'POST',
    url: '/api/theme/create/',
    headers: person.headers,
    payload: { name, labels },
  });
  if (status !== 201) throw new Error(`theme was not made: ${JSON.stringify(body)}`);
  return body;
}

/** A multipart body with many files in the field `images`. */
export function imagesForm(files: readonly (readonly [name: string, content: Buffer])[]): {
  payload: Buffer;
  headers: Record<string, string>;
} {
  const boundary = `minori-${randomUUID()}`;
  const parts = files.flatMap(([name, content]) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="images"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    content,
    Buffer.from('\r\n'),
  ]);
  return {
    payload: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

export async function upload(
  server: TestServer,
  person: Person,
  themeId: number,
  files: readonly (readonly [name: string, content: Buffer])[],
  query: Record<string, string> = {},
): Promise<UploadedImages> {
  const form = imagesForm(files);
  const { status, body } = await server.json<UploadedImages>({
    method: 'POST',
    url: `/api/theme/${themeId}/images/upload/`,
    query,
    payload: form.payload,
    headers: { ...person.headers, ...form.headers },
  });
  if (status !== 200) throw new Error(`upload was refused: ${JSON.stringify(body)}`);
  return body;
}

/** Numbered pictures, each another one. @returns their ids in order */
export async function fill(
  server: TestServer,
  person: Person,
  themeId: number,
  count: number,
  from = 0,
): Promise<number[]> {
  const files = Array.from(
    { length: count },
    (_unused, index) => [`${from + index}.png`, numberedPng(from + index)] as const,
  );
  return (await upload(server, person, themeId, files)).image_ids;
}
