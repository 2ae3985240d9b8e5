import type { ImportState } from '@minori/contract';
import { ApiProblem, get } from '../../../api/client.ts';
import { passing } from './send-all.ts';

const LOOK_MS = 700;
const ENDED = new Set(['succeeded', 'failed', 'cancelled']);

/** Looks after an import until it has ended, also over a lost connection. @throws why it failed; AbortError */
export async function followImport(
  themeId: number,
  runId: number,
  signal: AbortSignal,
  onState: (state: ImportState | null) => void = () => {},
): Promise<ImportState> {
  for (;;) {
    signal.throwIfAborted();
    let state: ImportState | null = null;
    try {
      state = await get<ImportState>(`/api/v1/themes/${themeId}/imports/${runId}`, {}, signal);
    } catch (error) {
      if (!passing(error)) throw error;
    }
    if (state?.status === 'failed') {
      const { code, params } = state.problem ?? { code: 'internal', params: {} };
      throw new ApiProblem(code, 422, params, []);
    }
    if (state !== null && ENDED.has(state.status)) return state;
    onState(state);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
