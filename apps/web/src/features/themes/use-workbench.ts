import type { ThemeDetail, ThemeImage } from '@minori/contract';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '../../ui/toast.tsx';
import { useBulk } from './browse/use-bulk.ts';
import { usePages } from './browse/use-pages.ts';
import { usePlace } from './browse/use-place.ts';
import { actOf, type Answer, isDone, modeOf, settles } from './labeling/answers.ts';
import type { Meaning } from './labeling/keys.ts';
import type { LabelId } from './labeling/known.ts';
import {
  chooseEverything,
  choosePage,
  extend,
  isEmpty,
  keepKnown,
  NOTHING,
  type Selection,
  toggle,
} from './labeling/selection.ts';
import { useKeyMap, useLabelKeys } from './labeling/use-keys.ts';
import { useLabeling } from './labeling/use-labeling.ts';
import { filterOf, type ThemeSearch } from './search.ts';

/** What hand and keys do on the page of a theme. */
export function useWorkbench(
  theme: ThemeDetail,
  search: ThemeSearch,
  limit: number,
  onSearch: (next: ThemeSearch, replace?: boolean) => void,
  /** No other dialog is open. */
  active: boolean,
  /** How sure a proposal must be to be shown. */
  threshold: number,
) {
  const { t } = useTranslation();
  const pages = usePages(theme.id, search, limit, onSearch);
  const { pictures } = pages;
  const order = pictures.map((picture) => picture.id);
  const labeling = useLabeling(theme.id);
  const mode = modeOf(search);
  const settle = settles(mode);
  const cursor = usePlace(pictures.length);
  const [chosen, setSelection] = useState<Selection>(NOTHING);
  const selection = keepKnown(chosen, order);
  /** The label that a click gives; undefined: a click opens the picture. */
  const [brush, setBrush] = useState<LabelId | undefined>(undefined);
  const [asking, setAsking] = useState(false);
  const searchField = useRef<HTMLInputElement>(null);
  const { map: keys } = useKeyMap(
    theme.id,
    theme.label_list.map((label) => label.id),
  );
  const readOnly = theme.role === 'viewer';
  const clear = () => {
    setSelection(NOTHING);
    setAsking(false);
  };
  const bulk = useBulk(theme.id, filterOf(search), clear);

  // Another page begins with its first picture, or with its last when one came back to it.
  const begin = useRef<'first' | 'last'>('first');
  const { setPlace } = cursor;
  const pageKey = `${pages.page} ${search.after ?? ''}`;
  useEffect(() => {
    setPlace(begin.current === 'first' ? 0 : limit - 1);
    begin.current = 'first';
    setSelection(NOTHING);
  }, [pageKey, limit, setPlace]);

  const labelSelection = (label: LabelId) => {
    if (readOnly) return;
    if (!selection.everything) {
      labeling.give(
        pictures.filter((picture) => selection.ids.has(picture.id)),
        label,
        { settle },
      );
      clear();
      return;
    }
    void labeling.giveAll(filterOf(search), label).then((answer) => {
      if (answer === null) return;
      clear();
      toast('good', t('themes.gave_all', { count: answer.updated }));
    });
  };
  const turn = (by: 1 | -1) => {
    const go = by === 1 ? pages.onNext : pages.onPrevious;
    begin.current = by === 1 ? 'first' : 'last';
    go?.();
  };
  const step = (by: 1 | -1) => {
    const to = cursor.place + by;
    if (to >= 0 && to < pictures.length) return cursor.setPlace(to);
    // The end of a queue leads back to what was passed over.
    const open =
      mode === null || by === -1 || pages.onNext !== null
        ? -1
        : pictures.findIndex((picture, place) => place !== cursor.place && !isDone(mode, picture));
    if (open >= 0) cursor.setPlace(open);
    else turn(by);
  };
  const labelAtCursor = (label: LabelId) => {
    if (readOnly) return;
    if (!isEmpty(selection)) return labelSelection(label);
    const picture = pictures[cursor.place];
    if (picture === undefined) return;
    labeling.give([picture], label, { settle });
    if (label !== null) step(1);
  };
  /** An answer to what is proposed for a picture, or for all that are chosen. True: there was something to answer. */
  const answer = (how: Answer, images: readonly ThemeImage[]): boolean => {
    if (readOnly) return false;
    const acts = images.flatMap((picture) => {
      const act = actOf(how, picture, mode, threshold);
      if (act === null) return [];
      const group = act.kind === 'decide' && act.subject === 'copies';
      return [{ act, images: group ? pictures.filter((one) => one.score === picture.score) : [picture] }];
    });
    for (const { act, images: of } of acts)
      if (act.kind === 'decide') labeling.decide(of, act.subject);
      else labeling.give(of, act.label_id, act);
    return acts.length > 0;
  };
  const answerAtCursor = (how: Answer) => {
    if (!isEmpty(selection)) {
      if (
        answer(
          how,
          pictures.filter((picture) => selection.ids.has(picture.id)),
        )
      )
        clear();
      return;
    }
    const picture = pictures[cursor.place];
    if (picture === undefined || !answer(how, [picture])) return;
    if (mode !== 'duplicates') return how === 'refuse' && picture.label_id === null ? undefined : step(1);
    // A group is left as a whole.
    const next = pictures.findIndex((one, place) => place > cursor.place && one.score !== picture.score);
    if (next >= 0) cursor.setPlace(next);
    else turn(1);
  };
  const open = (place: number) => {
    const picture = pictures[place];
    if (picture !== undefined) onSearch({ ...search, image: picture.id });
  };
  const { image, ...closed } = search;

  const onMeaning = (meaning: Meaning) => {
    if (meaning.kind === 'label') return labelAtCursor(meaning.id);
    const here = pictures[cursor.place];
    switch (meaning.action) {
      case 'unlabel':
        return labelAtCursor(null);
      case 'next':
        return step(1);
      case 'previous':
        return step(-1);
      case 'open':
        return open(cursor.place);
      case 'undo':
        return readOnly ? undefined : labeling.undo();
      case 'redo':
        return readOnly ? undefined : labeling.redo();
      case 'search':
        return searchField.current?.focus();
      case 'select':
        return here === undefined ? undefined : setSelection(toggle(selection, here.id));
      case 'accept':
      case 'refuse':
      case 'keep':
        return answerAtCursor(meaning.action);
      case 'delete':
        if (isEmpty(selection) && here !== undefined) setSelection(toggle(NOTHING, here.id));
        return setAsking(true);
      default:
        return undefined;
    }
  };
  const onOther = (event: KeyboardEvent): boolean => {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && key === 'a') setSelection(choosePage(order));
    else if (command && key === 'z' && !readOnly) {
      if (event.shiftKey) labeling.redo();
      else labeling.undo();
    } else if (command) return false;
    else if (event.key === 'Escape') {
      if (isEmpty(selection) && brush === undefined) return false;
      clear();
      setBrush(undefined);
    } else {
      const to = cursor.moved(event.key);
      if (to === null) return false;
      const target = pictures[to];
      const from = pictures[cursor.place];
      if (event.shiftKey && target !== undefined && from !== undefined)
        setSelection(extend(isEmpty(selection) ? toggle(NOTHING, from.id) : selection, order, target.id));
      if (to === cursor.place && !event.shiftKey) {
        if (event.key === 'PageDown' || event.key === 'ArrowDown') turn(1);
        if (event.key === 'PageUp' || event.key === 'ArrowUp') turn(-1);
      } else cursor.setPlace(to);
    }
    return true;
  };
  const waiting = useLabelKeys({ map: keys, active: image === undefined && !asking && active, onMeaning, onOther });

  return {
    pages,
    mode,
    labeling,
    answer,
    cursor,
    selection,
    setSelection,
    clear,
    everything: () => setSelection(chooseEverything(order)),
    labelSelection,
    bulk,
    asking,
    setAsking,
    brush,
    keys,
    waiting,
    searchField,
    /** From the palette: labels the chosen pictures; with none chosen the next clicks give this label. */
    chooseLabel: (label: LabelId) => {
      if (!isEmpty(selection)) labelSelection(label);
      else setBrush(brush === label ? undefined : label);
    },
    pick: (place: number) => {
      const picture = pictures[place];
      if (brush !== undefined && picture !== undefined && !readOnly) labeling.give([picture], brush, { settle });
      else open(place);
    },
    stepPicture: (by: 1 | -1) => {
      const to = pictures.findIndex((picture) => picture.id === image) + by;
      const next = pictures[to];
      if (next !== undefined) {
        cursor.setPlace(to);
        onSearch({ ...search, image: next.id }, true);
      } else if (by === 1 && pages.onNext === null) toast('info', t('themes.end'));
      else if (to >= 0 || pages.onPrevious !== null) turn(by);
    },
    closePicture: () => onSearch(closed),
  };
}
