/** Does tasks beside the page, which stays responsive meanwhile. */
import { type TaskName, tasks } from './tasks.ts';

export interface TaskRequest {
  id: number;
  task: TaskName;
  input: never;
}

export type TaskAnswer = { id: number; output: unknown } | { id: number; error: string };

addEventListener('message', ({ data: { id, task, input } }: MessageEvent<TaskRequest>) => {
  let answer: TaskAnswer;
  try {
    answer = { id, output: tasks[task](input) };
  } catch (error) {
    answer = { id, error: error instanceof Error ? error.message : String(error) };
  }
  postMessage(answer);
});
