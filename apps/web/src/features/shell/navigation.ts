import type { IconName } from '../../ui/icons.tsx';

export interface Place {
  id: 'home' | 'data' | 'forecast' | 'history' | 'admin' | 'help';
  to: '/' | '/datasets/' | '/forecast/new/' | '/history/' | '/admin/' | '/help/';
  icon: IconName;
  /** Second key after `g`. */
  key: string;
}
/** Only what works; later tracks add their line here. */
export const PLACES: readonly Place[] = [
  { id: 'home', to: '/', icon: 'home', key: 'h' },
  { id: 'data', to: '/datasets/', icon: 'data', key: 'd' },
  { id: 'forecast', to: '/forecast/new/', icon: 'forecast', key: 'f' },
  { id: 'history', to: '/history/', icon: 'history', key: 'r' },
  { id: 'admin', to: '/admin/', icon: 'admin', key: 'a' },
  { id: 'help', to: '/help/', icon: 'help', key: '?' },
];
