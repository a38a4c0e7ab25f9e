import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { Started, type StartOptions } from '../../../../test/helpers/npm-start.ts';

export const program = [fileURLToPath(new URL('../../bin/traced.js', import.meta.url)), 'dev'];

/** A folder with these files, by their paths in it; removed when the test is over. */
export function folderWith(t: ExecutionContext, files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'traced-dev-test-')));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) write(folder, path, text);
  return folder;
}

export function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** An HTTP function as CommonJS that responds with this text. */
export const responding = (name: string, text: string): string =>
  `require('@google-cloud/functions-framework').http('${name}', (req, res) => res.send(${JSON.stringify(text)}));\n`;

/** `traced dev` over a folder, on free ports. */
export class Dev extends Started {
  constructor(t: ExecutionContext, folder: string, options: StartOptions = {}) {
    super(t, { program, cwd: folder, ...options });
  }

  /** Where a function is called, once it is there. */
  async urlOf(name: string): Promise<string> {
    const [, port] = await this.stdoutHas(new RegExp(`^function ${name} +on (\\d+)$`, 'm'));
    return `http://127.0.0.1:${port}`;
  }

  async isReady(): Promise<void> {
    await this.stdoutHas(/^ready: /m);
  }

  /** Resolves with the match as soon as stderr has it. */
  async stderrHas(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stderr);
      if (match !== null) return match;
      await new Promise(resolve => this.child.stderr?.once('data', resolve));
    }
  }
}

/** What a GET gets: status and body. */
export async function get(url: string): Promise<{ status: number; text: string; traceId: string }> {
  const response = await fetch(url);
  const [, traceId = ''] = (response.headers.get('traceresponse') ?? '').split('-');
  return { status: response.status, text: await response.text(), traceId };
}
