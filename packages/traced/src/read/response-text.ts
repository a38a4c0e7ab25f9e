/**
 * Reads the body of a response that may have no end.
 * @param mostBytes the bound
 * @param tooLarge the message where it is larger
 * @throws Error with that message, or `fetch`'s own where the body breaks off
 */
export async function responseText(response: Response, mostBytes: number, tooLarge: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > mostBytes) throw new Error(tooLarge);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
