import { useState } from 'preact/hooks';
import { source } from '../model/source.ts';
import { Icon } from './icon.tsx';
import { goTo, hrefOf, type Place, traceHref } from './location.ts';
import { setTheme, storedTheme, type Theme } from './theme.ts';

const views = [
  ['/search', 'Search'],
  ['/compare', 'Compare'],
  ['/graph', 'Services'],
] as const;

export function Header({ place, onHelp }: { place: Place; onHelp: () => void }) {
  const path = place.path === '/' ? '/search' : place.path === '/dependencies' ? '/graph' : place.path;
  const shown = source.isFile
    ? views.map(([to, name]) => [to, to === '/search' ? 'Traces' : name] as const)
    : views;
  return (
    <header class="top">
      <a class="brand" href={hrefOf('/')} aria-label="traced">
        <Icon name="brand" />
        <span>traced</span>
      </a>
      <nav aria-label="Views">
        {shown.map(([to, name]) => (
          <a key={to} href={hrefOf(to)} aria-current={path === to ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {source.isFile ? <span class="spring" /> : <IdLookup />}
      <ThemeButton />
      <button
        type="button"
        class="icon-button"
        onClick={onHelp}
        aria-label="Keys and help"
        title="Keys and help (?)"
      >
        <Icon name="help" />
      </button>
    </header>
  );
}

function IdLookup() {
  const [isWrong, setWrong] = useState(false);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).elements.namedItem('id');
    if (!(input instanceof HTMLInputElement)) return;
    const id = input.value.trim().toLowerCase();
    const isId = /^[0-9a-f]{1,32}$/.test(id);
    setWrong(!isId);
    if (!isId) return;
    input.value = '';
    goTo(traceHref(id));
  };
  return (
    <form class="id-lookup" onSubmit={onSubmit}>
      <input
        name="id"
        type="text"
        placeholder="Trace id"
        aria-label="Open a trace by its id"
        aria-invalid={isWrong}
        autocomplete="off"
        spellcheck={false}
        maxLength={40}
      />
      {isWrong && (
        <span class="field-error" role="alert">
          An id is up to 32 hexadecimal digits
        </span>
      )}
    </form>
  );
}

const nextTheme: Record<Theme, Theme> = { system: 'dark', dark: 'light', light: 'system' };
const themeNames: Record<Theme, string> = { system: 'as the system', dark: 'dark', light: 'light' };

function ThemeButton() {
  const [theme, choose] = useState(storedTheme);
  const onClick = () => {
    setTheme(nextTheme[theme]);
    choose(nextTheme[theme]);
  };
  const name = `Colours: ${themeNames[theme]}`;
  return (
    <button type="button" class="icon-button" onClick={onClick} aria-label={name} title={name}>
      <Icon name={theme} />
    </button>
  );
}
