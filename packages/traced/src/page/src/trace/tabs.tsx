import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

interface Properties<Tab extends string> {
  tabs: readonly (readonly [Tab, string])[];
  chosen: Tab;
  onChoose(tab: Tab): void;
  /** The chosen one's panel. */
  children: ComponentChildren;
}

/** Tabs as the ARIA practices have them: one stop, and the arrows choose. */
export function Tabs<Tab extends string>({ tabs, chosen, onChoose, children }: Properties<Tab>) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = tabs.findIndex(([tab]) => tab === chosen);
    const [next] = tabs[(at + (step ?? 0) + tabs.length) % tabs.length] ?? [];
    if (step === undefined || next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(next);
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label="Beside the waterfall" ref={list} onKeyDown={onKeyDown}>
        {tabs.map(([tab, name]) => (
          <button
            key={tab}
            id={`tab-${tab}`}
            type="button"
            role="tab"
            aria-selected={tab === chosen}
            aria-controls="side-panel"
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => onChoose(tab)}
          >
            {name}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <div id="side-panel" class="side-panel" role="tabpanel" aria-labelledby={`tab-${chosen}`} tabIndex={0}>
        {children}
      </div>
    </>
  );
}
