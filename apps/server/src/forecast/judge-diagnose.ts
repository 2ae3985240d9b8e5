/** Residuals, coverage and calibration of one backtest; runs in the worker thread. */
import { columnsOf, diagnose } from '@minori/judge';
import type { BacktestDiagnostics } from '@minori/judge';
import { readFloats } from './arrays.ts';
import type { Diagnose } from './judge-protocol.ts';

export async function diagnoseBacktest(request: Diagnose): Promise<BacktestDiagnostics> {
  const { series, origins, horizon, levels } = request;
  const [actual, scale, predictions] = await Promise.all([
    readFloats(request.actualFile, series * origins * horizon),
    readFloats(request.scaleFile, series * origins),
    readFloats(request.backtest, series * origins * horizon * columnsOf(levels)),
  ]);
  return diagnose({ series, origins, horizon, levels, actual, scale }, predictions, request.only);
}
