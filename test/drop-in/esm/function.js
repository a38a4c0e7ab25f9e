import { http } from '@google-cloud/functions-framework';
import { Client } from 'pg';

http('esm', (_req, res) => res.send('an ES module'));

export const exported = (_req, res) => res.send('exported from an ES module');

export const rows = async (req, res) => {
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  const { rows } = await client.query('SELECT $1::text AS name', [req.get('x-name')]);
  await client.end();
  res.json(rows);
};
