/** Calls `work` at once, then at most every `interval` milliseconds, and always after the last call. */
export function throttle(work: () => void, interval: number): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let waiting = false;
  const rest = () => {
    timer = null;
    if (!waiting) return;
    waiting = false;
    run();
  };
  const run = () => {
    timer = setTimeout(rest, interval);
    work();
  };
  return () => {
    if (timer === null) run();
    else waiting = true;
  };
}
