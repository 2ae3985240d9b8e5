import { systemStatus } from '@minori/contract';
import { audit } from '../audit/store.ts';
import type { App } from '../http/app-type.ts';
import { requireAdmin, scopeOf } from '../identity/scope.ts';
import { takeBackup } from './backup.ts';
import type { BackupDeps } from './backup.ts';
import { readStatus } from './status.ts';
import type { StatusDeps } from './status.ts';

export function systemRoutes(app: App, deps: StatusDeps & BackupDeps): void {
  app.get('/api/v1/system/status', { schema: { response: { 200: systemStatus } } }, () => readStatus(deps));

  app.post('/api/v1/system/backup', async (request, reply) => {
    const scope = scopeOf(request);
    requireAdmin(scope);
    const { stream, bytes } = await takeBackup(deps);
    await audit(deps.db, scope, {
      action: 'system.backup',
      target: { type: 'system', id: 'backup' },
      params: { bytes },
    });
    const day = new Date().toISOString().slice(0, 10);
    return reply
      .type('application/octet-stream')
      .header('content-length', bytes)
      .header('content-disposition', `attachment; filename="minori-${day}.minori"`)
      .send(stream);
  });
}
