/** The engine of this server: its environment installed in the background, its host kept up. */
import { join } from 'node:path';
import { engineState, ensureEngine } from '@minori/engine-env';
import type { EngineEnv } from '@minori/engine-env';
import { createOnDemandHost, createPythonHost } from '@minori/executor';
import type { Log } from '../platform/log.ts';
import { REPOSITORY } from '../platform/config.ts';
import type { Home } from '../platform/home.ts';
import { createLateExecutor } from './late-executor.ts';
import type { LateExecutor } from './late-executor.ts';
import type { SetupState } from './steps.ts';

const ENGINE_SOURCE = join(REPOSITORY, 'engine', 'src');

export interface EngineDeps {
  readonly home: Home;
  readonly setup: SetupState;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface Engine {
  readonly python: LateExecutor;
  /** Starts with the first task that needs a network, and goes when it was idle. */
  readonly neural: LateExecutor;
  /** The same for pictures: a survey that follows another pays for no import. */
  readonly vision: LateExecutor;
}

/** Answers at once; what is missing is installed behind it, and the set-up steps say how far. */
export async function openEngine(deps: EngineDeps): Promise<Engine> {
  const engine: Engine = {
    python: createLateExecutor('python'),
    neural: createLateExecutor('neural'),
    vision: createLateExecutor('vision'),
  };
  const installed = await engineState({ env: deps.env });
  if (installed) becomeHosts(deps, engine, installed);
  void bringUp(deps, engine, installed);
  return engine;
}

async function bringUp(deps: EngineDeps, hosts: Engine, installed: EngineEnv | null): Promise<void> {
  const { setup, log, signal } = deps;
  const { python: executor } = hosts;
  let step: 'engine' | 'host' = 'engine';
  try {
    setup.start('engine');
    if (!installed) {
      const engine = await ensureEngine({
        env: deps.env,
        signal,
        onProgress: ({ phase, package: name, fraction }) => setup.progress('engine', fraction, name ?? phase),
      });
      becomeHosts(deps, hosts, engine);
    }
    setup.done('engine');
    step = 'host';
    setup.start('host');
    await executor.start();
    const { state, detail } = executor.state();
    if (state === 'ready') setup.done('host');
    else
      setup.failed(
        'host',
        Object.assign(new Error(detail ?? state), { code: 'engine_start_failed', params: { detail } }),
      );
    executor.on('ready', () => setup.done('host'));
  } catch (error) {
    if (signal.aborted) return;
    log.error({ err: error }, 'the engine could not be set up');
    setup.failed(step, error);
  }
}

function becomeHosts({ home, log }: EngineDeps, { python, ...onDemand }: Engine, engine: EngineEnv): void {
  const options = { home: home.root, python: engine.python, engineSource: ENGINE_SOURCE, log };
  python.become(createPythonHost(options));
  for (const kind of ['neural', 'vision'] as const)
    onDemand[kind].become(createOnDemandHost({ kind, create: () => createPythonHost({ ...options, kind }), log }));
}
