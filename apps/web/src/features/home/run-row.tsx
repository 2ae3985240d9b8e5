import type { Run } from '@minori/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { textOf } from '../../i18n/index.ts';
import { useFormat } from '../../ui/format.ts';
import { StatusMark } from '../runs/status.tsx';
import css from './home.module.css';

export function RunRow({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const mase = run.metrics['mase'];
  return (
    <li className={css['row']}>
      <div>
        <Link to="/runs/$runId/" params={{ runId: String(run.id) }}>
          {run.name}
        </Link>
        <small>
          {run.verdict !== null
            ? textOf(t, `verdicts.${run.verdict}`, run.verdict)
            : `${t(`run_kinds.${run.kind}`)}${run.dataset_name === null ? '' : ` · ${run.dataset_name}`}`}
          {typeof mase === 'number' && ` · MASE ${format.fixed(mase)}`}
        </small>
      </div>
      <div className={css['rowEnd']}>
        <StatusMark status={run.status} outcome={run.outcome} />
        <br />
        <span title={format.dateTime(run.created_at)}>{format.ago(run.finished_at ?? run.created_at)}</span>
      </div>
    </li>
  );
}
