/** Dark or light: the system's choice, unless the reader has made one. */
export type Theme = 'system' | 'light' | 'dark';

const key = 'traced.theme';
const isTheme = (value: unknown): value is Theme => value === 'light' || value === 'dark';

/** What the reader chose before; storage may be forbidden, as it can be for files. */
export function storedTheme(): Theme {
  try {
    const value = localStorage.getItem(key);
    return isTheme(value) ? value : 'system';
  } catch {
    return 'system';
  }
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    if (theme === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // Kept for this page only.
  }
  dispatchEvent(new Event('themechange'));
}

/** Calls back when the colours are others. */
export function onThemeChange(callback: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', callback);
  addEventListener('themechange', callback);
  return () => {
    system.removeEventListener('change', callback);
    removeEventListener('themechange', callback);
  };
}
