// Prints how the search kernel compares with plain JavaScript: npm run bench:kernel -- [photos …]
import { createServer } from 'vite';

const sizes = process.argv.slice(2).map(Number);
if (sizes.some((size) => !(size > 0))) {
  process.stderr.write('Usage: npm run bench:kernel -- [photos …]\n');
  process.exit(2);
}

const server = await createServer({
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  logLevel: 'warn',
});
const { benchmark } = await server.ssrLoadModule('/src/search/kernel/bench.ts');

const percent = (share) => `${(share * 100).toFixed(2)} %`;
const row = (cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
row([
  'photos',
  'plain ms',
  'unrolled ms',
  'kernel ms',
  '× plain',
  '× unrolled',
  'fill ms',
  'overlap@10',
  '@32',
  '@200',
  '@500',
]);
row(Array(11).fill('---'));
for (const photos of sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000]) {
  const { plain, unrolled, kernel, fill, overlap } = benchmark(photos);
  row([
    photos,
    ...[plain, unrolled, kernel, plain / kernel, unrolled / kernel].map((value) =>
      value.toFixed(1),
    ),
    Math.round(fill),
    ...Object.values(overlap).map(percent),
  ]);
}
await server.close();
