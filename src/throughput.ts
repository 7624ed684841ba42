/** Photos a second over a sliding window. */

const windowMs = 10_000;
/** A shorter measurement says nothing. */
const shortestMs = 1000;

export class Throughput {
  private readonly samples: { readonly at: number; readonly photos: number }[] = [];
  private startedAt: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.startedAt = now();
  }

  /** Begins anew, after a pause. */
  restart(): void {
    this.samples.length = 0;
    this.startedAt = this.now();
  }

  add(photos: number): void {
    this.samples.push({ at: this.now(), photos });
  }

  /** Null until measured. */
  perSecond(): number | null {
    const now = this.now();
    while (this.samples[0] && this.samples[0].at < now - windowMs) this.samples.shift();
    const elapsed = Math.min(windowMs, now - this.startedAt);
    if (elapsed < shortestMs || this.samples.length === 0) return null;
    const photos = this.samples.reduce((sum, sample) => sum + sample.photos, 0);
    return (photos * 1000) / elapsed;
  }
}
