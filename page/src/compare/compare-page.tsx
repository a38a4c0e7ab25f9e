export function ComparePage({ query }: { query: URLSearchParams }) {
  return <p class="message">{query.get('a')}</p>;
}
