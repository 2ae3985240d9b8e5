import { failureCause, type FailureCause } from '@minori/contract';
import { describe, expect, test } from 'vitest';
import { type Exit, type ExitFacts, failureOf, retryOf } from './causes.ts';

const GIB = 2 ** 30;
const facts = (exit: Partial<Exit> | null, more: Partial<ExitFacts> = {}): ExitFacts => ({
  exit: exit && { exit_code: null, signal: null, ended_by: 'itself', max_rss_bytes: 0, ...exit },
  failed: null,
  memoryLimit: null,
  kernelKilledForMemory: false,
  ...more,
});

describe('the cause of an end', () => {
  test.each<[string, ExitFacts, [FailureCause, string] | null]>([
    ['nobody saw it', facts(null), ['lost_worker', 'worker_lost']],
    ['asked for', facts({ ended_by: 'stop', signal: 'SIGKILL' }), null],
    [
      'asked for, and it complained',
      facts({ ended_by: 'stop' }, { failed: { cause: 'bug', code: 'x', params: {}, detail: '' } }),
      null,
    ],
    ['too long', facts({ ended_by: 'time_limit', signal: 'SIGKILL' }), ['time_limit', 'time_limit']],
    ['its lease ran out', facts({ ended_by: 'lease' }), ['lost_worker', 'lease_expired']],
    ['its host died', facts({ ended_by: 'parent_death' }), ['lost_worker', 'worker_lost']],
    [
      'it said why',
      facts({ exit_code: 1 }, { failed: { cause: 'bad_data', code: 'series_too_short', params: {}, detail: '' } }),
      ['bad_data', 'series_too_short'],
    ],
    ['killed by hand', facts({ signal: 'SIGKILL' }), ['lost_worker', 'killed']],
    [
      'killed by the kernel',
      facts({ signal: 'SIGKILL' }, { kernelKilledForMemory: true }),
      ['out_of_memory', 'out_of_memory'],
    ],
    [
      'killed near its limit',
      facts({ signal: 'SIGKILL', max_rss_bytes: 0.9 * GIB }, { memoryLimit: GIB }),
      ['out_of_memory', 'out_of_memory'],
    ],
    ['killed as a shell tells it', facts({ exit_code: 137 }), ['lost_worker', 'killed']],
    ['terminated', facts({ signal: 'SIGTERM' }), ['lost_worker', 'killed']],
    ['crashed', facts({ signal: 'SIGSEGV' }), ['bug', 'crashed']],
    [
      'crashed near its limit',
      facts({ signal: 'SIGABRT', max_rss_bytes: 0.8 * GIB }, { memoryLimit: GIB }),
      ['out_of_memory', 'out_of_memory'],
    ],
    ['file too large', facts({ signal: 'SIGXFSZ' }), ['no_disk', 'no_disk']],
    ['no result', facts({ exit_code: 0 }), ['bug', 'no_result']],
    ['an exit code', facts({ exit_code: 3 }), ['bug', 'exit_code']],
  ])('%s', (_name, given, expected) => {
    const failure = failureOf(given);
    expect(failure && [failure.cause, failure.code]).toEqual(expected);
  });
});

test('a lost worker is tried three times, memory once more and smaller, the rest never', () => {
  expect(retryOf('lost_worker', ['lost_worker'])).toBe('again');
  expect(retryOf('lost_worker', ['lost_worker', null, 'lost_worker'])).toBe('again');
  expect(retryOf('lost_worker', ['lost_worker', 'lost_worker', 'lost_worker'])).toBe('no');
  expect(retryOf('out_of_memory', ['lost_worker', 'out_of_memory'])).toBe('smaller');
  expect(retryOf('out_of_memory', ['out_of_memory', 'out_of_memory'])).toBe('no');
  for (const cause of failureCause.options.filter((other) => other !== 'lost_worker' && other !== 'out_of_memory')) {
    expect(retryOf(cause, [cause])).toBe('no');
  }
});
