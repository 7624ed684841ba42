/** Calls `action` at once, and while it is asked for more often, every `intervalMs`. */
export class Throttle {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly intervalMs: number,
    private readonly action: () => void,
  ) {}

  ask(): void {
    if (this.timer !== undefined) return;
    const wait = this.lastAt + this.intervalMs - performance.now();
    if (wait <= 0) this.now();
    else this.timer = setTimeout(() => this.now(), wait);
  }

  now(): void {
    this.stop();
    this.lastAt = performance.now();
    this.action();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
