/** Statements of databases, and names, without what tells two calls of one kind apart. */
import type { Facts } from './facts.ts';
import { memoize } from './memoize.ts';

/** Numbers, uuids and long hexadecimal ids. */
const ids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,}|\d+/gi;

/** The same text for names that differ only in numbers. */
export const withoutNumbers = memoize(text => text.replaceAll(ids, '#'));

/** A list of values, as it stands behind IN or VALUES. */
const values = /\((?:\s*(?:[?#]|[$:@]\w+)\s*,?)+\)/g;
/** A statement is told from others by its beginning; more of it is not looked at. */
const mostLength = 500;

const isSql = /^\s*(?:\/\*.*?\*\/\s*)?(select|insert|update|delete|with|merge|call|replace)\s/i;

const shapeOfText = memoize(query => {
  // What is no SQL has its values, or its keys, anywhere.
  if (!isSql.test(query)) return /^\w*/.exec(query)?.[0] ?? '';
  return withoutNumbers(query.replaceAll(/'[^']*'/g, '?')).replaceAll(values, '(?)');
});

/**
 * A statement without its values. Many instrumentations name all statements of a database alike; that a page needs
 * five different ones is no N+1.
 */
export function statementShape({ statementSummary, table, statement }: Facts): string {
  if (statementSummary !== '') return withoutNumbers(statementSummary);
  return `${table} ${shapeOfText(statement.slice(0, mostLength))}`;
}
