/** The map of addresses to pages. Each page is its own chunk. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { ApiProblem } from './api/client.ts';
import { meQuery, setupQuery } from './api/queries.ts';
import { Shell } from './features/shell/shell.tsx';
import { readSearch } from './features/themes/search.ts';
import { PageError, PageMissing, PagePending } from './routes/page-states.tsx';

interface Context {
  queries: QueryClient;
}
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const whole = (value: unknown): number | undefined => {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : undefined;
};
/** Keys without a value stay out of the address. */
function present<T extends Record<string, unknown>>(search: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

const root = createRootRouteWithContext<Context>()({ component: Outlet });
const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Record<string, unknown>) => present({ to: text(search['to']) }),
  component: lazyRouteComponent(() => import('./routes/login.tsx'), 'LoginPage'),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (search: Record<string, unknown>) =>
    present({ token: text(search['token']), user: text(search['user']) }),
  component: lazyRouteComponent(() => import('./routes/setup.tsx'), 'SetupPage'),
});
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  async beforeLoad({ context, location }) {
    try {
      await context.queries.ensureQueryData({ ...meQuery, retry: false });
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (error.status === 401) {
        const status = await context.queries.ensureQueryData(setupQuery);
        if (status.needs_admin) throw redirect({ to: '/setup/' });
        throw redirect({ to: '/login/', search: { to: location.href } });
      }
      // The database is not there yet: the set-up page shows how far it is.
      if (error.status === 503) throw redirect({ to: '/setup/' });
      throw error;
    }
  },
});
const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('./routes/home.tsx'), 'HomePage'),
});
const datasets = createRoute({
  getParentRoute: () => shell,
  path: '/datasets',
  component: lazyRouteComponent(() => import('./routes/datasets.tsx'), 'DatasetsPage'),
});
const dataset = createRoute({
  getParentRoute: () => shell,
  path: '/datasets/$datasetId',
  validateSearch: (search: Record<string, unknown>) => present({ version: whole(search['version']) }),
  component: lazyRouteComponent(() => import('./routes/dataset.tsx'), 'DatasetPage'),
});
const forecastNew = createRoute({
  getParentRoute: () => shell,
  path: '/forecast/new',
  validateSearch: (search: Record<string, unknown>) =>
    present({
      dataset: whole(search['dataset']),
      version: whole(search['version']),
      sample: text(search['sample']),
      from: whole(search['from']),
    }),
  component: lazyRouteComponent(() => import('./routes/forecast-new.tsx'), 'ForecastNewPage'),
});
const run = createRoute({
  getParentRoute: () => shell,
  path: '/runs/$runId',
  component: lazyRouteComponent(() => import('./routes/run.tsx'), 'RunPage'),
});
const history = createRoute({
  getParentRoute: () => shell,
  path: '/history',
  validateSearch: (search: Record<string, unknown>) =>
    present({
      q: text(search['q']),
      kind: text(search['kind']),
      track: text(search['track']),
      status: text(search['status']),
      scope: search['scope'] === 'all' ? ('all' as const) : undefined,
    }),
  component: lazyRouteComponent(() => import('./routes/history.tsx'), 'HistoryPage'),
});
const compare = createRoute({
  getParentRoute: () => shell,
  path: '/compare',
  // The router reads a lone number as one.
  validateSearch: (search: Record<string, unknown>) =>
    present({ ids: text(typeof search['ids'] === 'number' ? String(search['ids']) : search['ids']) }),
  component: lazyRouteComponent(() => import('./routes/compare.tsx'), 'ComparePage'),
});
const themeCreate = createRoute({
  getParentRoute: () => shell,
  path: '/theme/create',
  component: lazyRouteComponent(() => import('./routes/theme-create.tsx'), 'ThemeCreatePage'),
});
const theme = createRoute({
  getParentRoute: () => shell,
  path: '/theme/$themeId',
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import('./routes/theme.tsx'), 'ThemePage'),
});
const themeSettings = createRoute({
  getParentRoute: () => shell,
  path: '/theme/$themeId/settings',
  validateSearch: (search: Record<string, unknown>) =>
    present({ tab: text(search['tab']), image: whole(search['image']) }),
  component: lazyRouteComponent(() => import('./routes/theme-settings.tsx'), 'ThemeSettingsPage'),
});
const themeData = createRoute({
  getParentRoute: () => shell,
  path: '/theme/$themeId/data',
  component: lazyRouteComponent(() => import('./routes/theme-data.tsx'), 'ThemeDataPage'),
});
const themeAgreement = createRoute({
  getParentRoute: () => shell,
  path: '/theme/$themeId/agreement',
  component: lazyRouteComponent(() => import('./routes/theme-agreement.tsx'), 'ThemeAgreementPage'),
});
const admin = createRoute({
  getParentRoute: () => shell,
  path: '/admin',
  validateSearch: (search: Record<string, unknown>) => present({ tab: text(search['tab']) }),
  component: lazyRouteComponent(() => import('./routes/admin.tsx'), 'AdminPage'),
});
const help = createRoute({
  getParentRoute: () => shell,
  path: '/help',
  component: lazyRouteComponent(() => import('./routes/help.tsx'), 'HelpPage'),
});

const missing = createRoute({ getParentRoute: () => shell, path: '$', component: PageMissing });

const tree = root.addChildren([
  login,
  setup,
  shell.addChildren([
    home,
    themeCreate,
    theme,
    themeSettings,
    themeData,
    themeAgreement,
    datasets,
    dataset,
    forecastNew,
    run,
    history,
    compare,
    admin,
    help,
    missing,
  ]),
]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    trailingSlash: 'always',
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: PageMissing,
    defaultPendingComponent: PagePending,
    defaultPendingMs: 150,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
