import '@mantine/core/styles.css';
import '@fontsource-variable/noto-sans-jp';
import './ui/tokens.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/query-client.ts';
import { startI18n } from './i18n/index.ts';
import { createAppRouter } from './router.tsx';
import { theme, variables } from './ui/theme.ts';
import { guardConversion } from './ui/ime.ts';
import { Toasts } from './ui/toast.tsx';

const queries = createQueryClient(() => {
  const { pathname, searchStr } = router.state.location;
  if (pathname.startsWith('/login') || pathname.startsWith('/setup')) return;
  void router.navigate({ to: '/login/', search: { to: pathname + searchStr }, replace: true });
});
const router = createAppRouter(queries);

guardConversion(document);
await startI18n();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
