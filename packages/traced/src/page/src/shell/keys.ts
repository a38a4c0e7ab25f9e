/** Whether the key goes into a field, or means something to the browser. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  const { target } = event;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName))
  );
}

/** What the help says of each key. */
export const keyHelp: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['/', 'find: a span in a trace, else the search'],
      ['?', 'this help'],
      ['Esc', 'close what is open'],
    ],
  },
  {
    title: 'In a trace’s rows',
    keys: [
      ['↑ ↓', 'the row above, below'],
      ['→ ←', 'open, fold; then to the first child, to the parent'],
      ['Home End', 'the first, the last row'],
      ['Enter', 'the span’s details'],
      ['n p', 'next, previous span of the critical path'],
    ],
  },
  {
    title: 'Time and advice',
    keys: [
      ['+ −', 'zoom in, out'],
      ['Shift → ←', 'later, earlier'],
      ['z', 'zoom to the row'],
      ['0', 'the whole trace'],
      ['w', 'as if all findings were fixed, and back'],
    ],
  },
];
