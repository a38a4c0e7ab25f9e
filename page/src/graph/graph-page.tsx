export function GraphPage() {
  return <p class="message">…</p>;
}
