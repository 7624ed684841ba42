import { expect, test } from 'vitest';
import { Throughput } from './throughput';

test('counts photos a second over the last ten seconds', () => {
  let now = 0;
  const throughput = new Throughput(() => now);
  expect(throughput.perSecond()).toBeNull();
  now = 500;
  throughput.add(8);
  expect(throughput.perSecond()).toBeNull();
  now = 2000;
  throughput.add(8);
  expect(throughput.perSecond()).toBe(8);
  now = 11_000;
  throughput.add(4);
  expect(throughput.perSecond()).toBe(1.2);
});

test('a new start forgets what was before', () => {
  let now = 0;
  const throughput = new Throughput(() => now);
  now = 5000;
  throughput.add(100);
  throughput.restart();
  now = 7000;
  throughput.add(2);
  expect(throughput.perSecond()).toBe(1);
});
