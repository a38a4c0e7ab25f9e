/** The page's beginning: its style, its links, and the view that the address names. */
import './style/index.css';
import { render } from 'preact';
import { App } from './shell/app.tsx';
import { followLinks } from './shell/location.ts';
import { setTheme, storedTheme } from './shell/theme.ts';

setTheme(storedTheme());
followLinks();
const root = document.getElementById('page');
if (root !== null) {
  root.textContent = '';
  render(<App />, root);
}
