/** The document at /api/openapi.json, generated from the route schemas. */
import swagger from '@fastify/swagger';
import { problem } from '@minori/contract';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from './app-type.ts';

export async function registerOpenApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Minori', version, description: 'Errors are application/problem+json with a stable `code`.' },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or the token of connection.json' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
          session: { type: 'apiKey', in: 'cookie', name: 'minori.session_token' },
        },
        schemas: { Problem: z.toJSONSchema(problem) as object },
      },
      security: [{ bearer: [] }, { apiKey: [] }, { session: [] }],
    },
    transform: ({ schema, url, ...rest }) => {
      const [, , , area] = url.split('/');
      const tagged = { tags: [area ?? 'api'], ...schema };
      return createJsonSchemaTransform({ skipList: [] })({ schema: tagged, url, ...rest });
    },
  });
}

export function openApiRoute(app: App): void {
  app.get('/api/openapi.json', { config: { open: true }, schema: { hide: true } }, async () => app.swagger());
}
