import { http } from '@traced-functions/runtime';

/** Says which of Node's modules are loaded by now. */
const loaded = process as unknown as { moduleLoadList: string[] };
http('loaded', (_req, res) => res.json(loaded.moduleLoadList));
