/** Has tasks done in a worker, where there is one; a document that came as a file has none and does them itself. */
import { type TaskName, type Tasks, tasks } from './tasks.ts';
import type { TaskAnswer } from './worker.ts';

const waiting = new Map<number, (answer: TaskAnswer) => void>();
let lastId = 0;
let worker: Worker | undefined;

/** Rejects with what the task threw. */
export async function inBackground<Name extends TaskName>(
  task: Name,
  input: Parameters<Tasks[Name]>[0],
): Promise<ReturnType<Tasks[Name]>> {
  worker ??= startWorker();
  if (worker !== undefined) return (await ask(worker, task, input)) as ReturnType<Tasks[Name]>;
  // What is there already is painted first.
  await new Promise(resolve => setTimeout(resolve));
  return tasks[task](input as never) as ReturnType<Tasks[Name]>;
}

function ask(worker: Worker, task: TaskName, input: unknown): Promise<unknown> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, answer => {
      if ('error' in answer) reject(new Error(answer.error));
      else resolve(answer.output);
    });
    worker.postMessage({ id, task, input });
  });
}

function startWorker(): Worker | undefined {
  const path = document.querySelector<HTMLScriptElement>('script[data-worker]')?.dataset['worker'];
  if (path === undefined) return undefined;
  const started = new Worker(trusted(path), { type: 'module' });
  started.addEventListener('message', ({ data }: MessageEvent<TaskAnswer>) => {
    waiting.get(data.id)?.(data);
    waiting.delete(data.id);
  });
  started.addEventListener('error', () => {
    for (const [id, answer] of waiting) answer({ id, error: 'The part that diagnoses could not be loaded.' });
    waiting.clear();
  });
  return started;
}

interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy;
}

interface Policy {
  createScriptURL(url: string): string;
}

/** Under this page's policy nothing else can name a script to run. */
function trusted(path: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const createScriptURL = (url: string) => {
    if (!/^\/page\/worker-[0-9a-f]+\.js$/.test(url)) throw new TypeError('not the worker of this page');
    return url;
  };
  return trustedTypes?.createPolicy('traced-worker', { createScriptURL }).createScriptURL(path) ?? path;
}
