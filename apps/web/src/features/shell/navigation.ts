import type { IconName } from '../../ui/icons.tsx';

export interface Place {
  id: 'home' | 'data' | 'forecast' | 'images' | 'history' | 'admin' | 'help';
  to: '/' | '/datasets/' | '/forecast/new/' | '/history/' | '/admin/' | '/help/';
  /** A part of a page. */
  hash?: string;
  icon: IconName;
  /** Second key after `g`. */
  key: string;
}
/** Only what works; later tracks add their line here. */
export const PLACES: readonly Place[] = [
  { id: 'home', to: '/', icon: 'home', key: 'h' },
  { id: 'data', to: '/datasets/', icon: 'data', key: 'd' },
  { id: 'forecast', to: '/forecast/new/', icon: 'forecast', key: 'f' },
  // The list of themes stands on the home page, as specified.
  { id: 'images', to: '/', hash: 'themes', icon: 'picture', key: 'i' },
  { id: 'history', to: '/history/', icon: 'history', key: 'r' },
  { id: 'admin', to: '/admin/', icon: 'admin', key: 'a' },
  { id: 'help', to: '/help/', icon: 'help', key: '?' },
];
