/** The page as files to be served, or as one file that needs nothing else. */
import { createHash } from 'node:crypto';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { bundlePage, type PageBundle } from './bundle.ts';
import { prebuiltBundle } from './prebuilt.ts';

export interface PageFile {
  /** Its media type. */
  type: string;
  body: string;
}

let bundle: Promise<PageBundle> | undefined;
let files: Promise<Map<string, PageFile>> | undefined;

/** Bundled once in a process: from an installed package read, in a clone built. */
function pageBundle(): Promise<PageBundle> {
  bundle ??= prebuiltBundle().then(prebuilt => prebuilt ?? bundlePage());
  bundle.catch(() => {
    bundle = undefined;
  });
  return bundle;
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, character => escapes[character] ?? '');

const digest = (text: string, encoding: 'base64' | 'hex'): string =>
  createHash('sha256').update(text).digest(encoding);

/**
 * The page's files by path: `/` is the document of all its views, the rest have their content's hash in their names.
 * Rejects where the page is neither built nor can be, since esbuild is not installed.
 */
export function buildPage(): Promise<Map<string, PageFile>> {
  files ??= pageBundle().then(servedFiles);
  files.catch(() => {
    files = undefined;
  });
  return files;
}

function servedFiles({ html, script, style, worker, icon }: PageBundle): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  const add = (name: string, extension: string, type: string, body: string) => {
    const path = `/page/${name}-${digest(body, 'hex').slice(0, 12)}.${extension}`;
    files.set(path, { type, body });
    return path;
  };
  const workerPath = add('worker', 'js', 'text/javascript; charset=utf-8', worker);
  const scriptPath = add('page', 'js', 'text/javascript; charset=utf-8', script);
  const stylePath = add('page', 'css', 'text/css; charset=utf-8', style);
  const iconPath = add('icon', 'svg', 'image/svg+xml', icon);
  const head = [
    '<title>Traces</title>',
    `<link rel="icon" href="${iconPath}">`,
    `<link rel="stylesheet" href="${stylePath}">`,
    `<script type="module" src="${scriptPath}" data-worker="${workerPath}"></script>`,
  ].join('\n');
  const body = filled(html, head, '');
  files.set('/', { type: 'text/html; charset=utf-8', body });
  return files;
}

/**
 * One HTML file with the page and these traces in it, which makes no request and lets no other script run.
 * @param title the document's, plain text
 * @param view the path that it opens with, such as `/compare?a=1&b=2`: the trace where there is one, else the list
 */
export async function htmlFile(
  traces: readonly JaegerTrace[],
  title: string,
  view = traces.length === 1 ? `/trace/${traces[0]?.traceID}` : '/',
): Promise<string> {
  const { html, script, style } = await pageBundle();
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${digest(script, 'base64')}'`,
    `style-src 'sha256-${digest(style, 'base64')}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  // Nothing in the JSON can end its element or begin a comment, since it has no "<".
  const data = JSON.stringify(traces).replaceAll('<', '\\u003c');
  const head = [
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<title>${escaped(title)}</title>`,
    '<link rel="icon" href="data:,">',
    `<style>${style}</style>`,
  ].join('\n');
  const body = `<script type="application/json" id="traces" data-view="${escaped(view)}">${data}</script>\n<script type="module">${script}</script>`;
  return filled(html, head, body);
}

/** By functions, since a "$" in a text would mean something to `replace`. */
function filled(html: string, head: string, body: string): string {
  return html.replace('<!--head-->', () => head).replace('<!--body-->', () => body);
}
