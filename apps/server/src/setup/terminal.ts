/** What a person at the terminal sees while the server starts. */
import type { SetupStatus } from '@minori/contract';
import { SAY, sentence } from '../platform/messages.ts';
import type { Locale } from '@minori/contract/texts';
import type { SetupState, Step, StepId } from './steps.ts';
import { ProblemError } from '@minori/contract';

export interface Terminal {
  say(text: string): void;
  /** One line per step that takes a while, redrawn on a terminal, and one when it is over. */
  follow(setup: SetupState): void;
}

const REDRAW_MS = 200;
/** When these fail the server leaves, and main.ts says why. */
const FATAL: ReadonlySet<StepId> = new Set(['database', 'migrations']);

export function createTerminal(out: NodeJS.WriteStream, locale: Locale): Terminal {
  const words = SAY[locale];
  let open = false;
  const line = (text: string) => {
    if (open) out.write('\r\u001B[K');
    open = false;
    out.write(`${text}\n`);
  };
  return {
    say: line,
    follow(setup) {
      const ended = new Set<StepId>();
      let drawn = 0;
      const show = (status: SetupStatus) => {
        for (const step of status.steps) {
          if (step.state === 'failed' && !ended.has(step.id) && !FATAL.has(step.id))
            line(`${words.step[step.id]}: ${failure(locale, step)}`);
          if (step.state === 'done' && !ended.has(step.id) && out.isTTY !== true) line(`${words.step[step.id]}: 100 %`);
          if (step.state === 'done' || step.state === 'failed') ended.add(step.id);
        }
        const current = status.steps.find((step) => step.state === 'running');
        if (out.isTTY === true && current && Date.now() - drawn > REDRAW_MS) {
          drawn = Date.now();
          open = true;
          out.write(
            `\r\u001B[K${words.step[current.id]}${current.fraction === null ? '' : ` ${Math.round(current.fraction * 100)} %`}${current.detail === null ? '' : ` (${current.detail})`} ...`,
          );
        }
        if (status.ready) {
          line(words.ready);
          stop();
        }
      };
      const stop = setup.subscribe(show);
    },
  };
}

function failure(locale: Locale, step: Step): string {
  const detail = step.problem?.params['detail'];
  const text = sentence(
    locale,
    new ProblemError(step.problem?.code ?? 'setup_failed', 500, step.problem?.params ?? {}),
  );
  return typeof detail === 'string' && detail !== '' ? `${text}\n${detail}` : text;
}
