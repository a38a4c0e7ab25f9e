import {
  defaultRangeExtractor,
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks';

interface Options {
  count: number;
  /** A row's height in px. */
  height: number;
  list: RefObject<HTMLElement | null>;
  /** A row that stays in the document out of view, too, since it has the focus. */
  keep: number;
  /** What covers the window's top, in px. */
  covered: number;
}

export interface WindowRows {
  /** From the list's top, in px. */
  items: { index: number; top: number }[];
  /** Those about the window, the kept one not counted; the last before the first for none. */
  first: number;
  last: number;
  scrollTo(index: number, align?: 'auto' | 'start'): void;
}

const overscan = 8;

/** Which rows of a long list are in the window, which scrolls it. */
export function useWindowRows({ count, height, list, keep, covered }: Options): WindowRows {
  const [, render] = useReducer<number, void>(n => n + 1, 0);
  const [margin, setMargin] = useState(0);
  const options = {
    count,
    estimateSize: () => height,
    getScrollElement: () => window,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    scrollMargin: margin,
    scrollPaddingStart: covered + height,
    scrollPaddingEnd: height,
    overscan,
    rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
      const indexes = defaultRangeExtractor(range);
      if (keep < 0 || keep >= count || indexes.includes(keep)) return indexes;
      return [...indexes, keep].sort((a, b) => a - b);
    },
    initialRect: { width: innerWidth, height: innerHeight },
    initialOffset: () => scrollY,
    onChange: () => render(),
  };
  const [virtualizer] = useState(() => new Virtualizer<Window, HTMLElement>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  // Sizes are remembered by the virtualizer
  useLayoutEffect(() => virtualizer.measure(), [height]);
  useEffect(() => {
    const update = () => {
      const top = list.current?.getBoundingClientRect().top;
      if (top !== undefined) setMargin(Math.round(top + scrollY));
    };
    update();
    // What is above the list grows and shrinks: advice that arrives, a font that loads.
    const observer = new ResizeObserver(update);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [list]);
  const items = virtualizer.getVirtualItems();
  const { startIndex, endIndex } = virtualizer.range ?? { startIndex: 0, endIndex: -1 };
  return {
    first: Math.max(0, startIndex - overscan),
    last: Math.min(count - 1, endIndex + overscan),
    items: items.map(({ index, start }) => ({ index, top: start - margin })),
    scrollTo: (index, align = 'auto') => virtualizer.scrollToIndex(index, { align }),
  };
}
