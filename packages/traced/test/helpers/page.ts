/** The page in a real Chromium, which each test file starts once. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ExecutionContext, TestFn } from 'ava';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import { storedTrace } from './stored-trace.ts';
import { type Backend, startBackend } from './trace-backend.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

const executablePath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap(folder => names.map(name => join(folder, name)))
  .find(existsSync);

export const desktop = { width: 1280, height: 900 };
export const tablet = { width: 768, height: 1024 };
export const phone = { width: 390, height: 844 };

export interface Opened {
  page: Page;
  backend: Backend;
  /** Stores a trace and returns its id; it begins now unless `at` (ms since the epoch) says otherwise. */
  store(trace: JaegerTrace, at?: number): string;
  /** Goes to a path of the page. */
  open(path: string): Promise<void>;
  /** What must not be: errors, broken policies, requests to other hosts. Asserted to be none at the test's end. */
  problems: string[];
}

type Body = (t: ExecutionContext, opened: Opened) => Promise<void>;

/** `test` for bodies that get a page of their own over a backend of their own; without a Chromium they are skipped. */
export function browserTest(
  test: TestFn,
): (title: string, body: Body, options?: BrowserContextOptions) => void {
  let browser: Browser | undefined;
  if (executablePath === undefined) {
    return title => test.serial.skip(`${title} (there is no ${names.join(', ')} on the path)`, () => {});
  }
  test.before(async () => {
    // Root, as in CI's container, has no sandbox.
    browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
  });
  test.after.always(() => browser?.close());
  return (title, body, options) => {
    // One after the other: a browser with many pages at once is slower than one with one.
    test.serial(title, async t => {
      const opened = await openPage(t, browser as Browser, options);
      await body(t, opened);
      t.deepEqual(opened.problems, []);
    });
  };
}

async function openPage(
  t: ExecutionContext,
  browser: Browser,
  options: BrowserContextOptions | undefined,
): Promise<Opened> {
  const backend = await startBackend(t);
  const context = await browser.newContext({
    viewport: desktop,
    timezoneId: 'UTC',
    locale: 'en-GB',
    ...options,
  });
  t.teardown(() => context.close());
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const problems = watchProblems(page, backend.query);
  let stored = 0;
  return {
    page,
    backend,
    problems,
    store(trace, at) {
      const traceID = (++stored).toString(16).padStart(32, 'a');
      backend.store.add(storedTrace(trace, at === undefined ? { traceID } : { traceID, at }));
      return traceID;
    },
    async open(path) {
      const response = await page.goto(backend.query + path);
      if (response?.status() !== 200) throw new Error(await response?.text());
      await page.locator('h1').first().waitFor();
    },
  };
}

/** A broken Content-Security-Policy is an error on the console, too. */
function watchProblems(page: Page, base: string): string[] {
  const problems: string[] = [];
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', error => problems.push(`error: ${error.message}`));
  page.on('dialog', dialog => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', request => {
    if (!request.url().startsWith(`${base}/`)) problems.push(`request: ${request.url()}`);
  });
  return problems;
}

/** Waits until the page is scrolled to where the check holds; px. */
export async function untilScrolled(page: Page, isThere: (top: number) => boolean): Promise<void> {
  const scrolled = () => page.evaluate<number>('scrollY');
  const deadline = Date.now() + 15_000;
  while (!isThere(await scrolled())) {
    if (Date.now() > deadline) throw new Error(`still at ${await scrolled()}`);
    await page.evaluate('new Promise(requestAnimationFrame)');
  }
}

/** The waterfall's rows that are in the document, by the text of their names. */
export function rows(page: Page): Promise<string[]> {
  return page.locator('[role=row][data-key] .cell-name').allInnerTexts();
}
