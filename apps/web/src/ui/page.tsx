import { Link } from '@tanstack/react-router';
import { Fragment, memo, type ReactNode, useEffect, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './icons.tsx';
import css from './page.module.css';

export interface Crumb {
  label: string;
  to?: string;
}
interface PageProps {
  title: string;
  /** Shown instead of the plain title, still one h1. */
  heading?: ReactNode;
  lead?: ReactNode;
  crumbs?: Crumb[];
  actions?: ReactNode;
  width?: 'narrow' | 'normal' | 'wide';
  /** As high as the window, and no higher: its last part takes what the others leave. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({
  title,
  heading,
  lead,
  crumbs = [],
  actions,
  width = 'normal',
  fill = false,
  children,
}: PageProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title, t]);
  const size = width === 'wide' ? css['wide'] : width === 'narrow' ? css['narrow'] : '';
  return (
    <div className={`${css['page']} ${size} ${fill ? css['fill'] : ''}`}>
      {crumbs.length > 0 && <Crumbs crumbs={crumbs} />}
      <header className={css['head']}>
        <div className={css['titles']}>
          <h1>{heading ?? title}</h1>
          {lead !== undefined && <p className={css['lead']}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={css['actions']}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** Pages that are drawn again with every key keep their crumbs. */
const Crumbs = memo(function Crumbs({ crumbs }: { crumbs: Crumb[] }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t('shell.breadcrumbs')}>
      <ol className={css['crumbs']}>
        {crumbs.map((crumb) => (
          <li key={crumb.label}>
            {crumb.to === undefined ? (
              <span aria-current="page">{crumb.label}</span>
            ) : (
              <Fragment>
                <Link to={crumb.to}>{crumb.label}</Link>
                <Icon name="right" size={12} />
              </Fragment>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
});

interface SheetProps {
  title?: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  /** The body reaches the edges: tables and charts. */
  flush?: boolean;
  className?: string | undefined;
  children: ReactNode;
}
/** A piece of paper on the desk: one subject, one border. */
export function Sheet({ title, note, actions, flush = false, className = '', children }: SheetProps) {
  const id = useId();
  return (
    <section className={`${css['sheet']} ${className}`} {...(title === undefined ? {} : { 'aria-labelledby': id })}>
      {(title !== undefined || actions !== undefined) && (
        <div className={css['sheetHead']}>
          {title !== undefined && (
            <h2 id={id}>
              {title}
              {note !== undefined && <span className={css['sheetNote']}>{note}</span>}
            </h2>
          )}
          {actions}
        </div>
      )}
      <div className={flush ? css['flush'] : css['sheetBody']}>{children}</div>
    </section>
  );
}

/** A wide table in a narrow place; the keyboard can scroll it. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div style={{ overflowX: 'auto' }} tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  );
}
