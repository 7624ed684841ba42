import { expect, test } from 'vitest';
import { dequantize, quantize } from './quantization';

test('no value moves by more than half a step of its block', () => {
  const source = Float32Array.from({ length: 150 }, (_, i) => Math.sin(i) * (i < 64 ? 100 : 0.01));
  const result = dequantize(quantize(source));
  for (const [index, value] of source.entries()) {
    const step = (index < 64 ? 100 : 0.01) / 127;
    expect(Math.abs((result[index] ?? Number.NaN) - value)).toBeLessThanOrEqual(step / 2 + 1e-6);
  }
});

test('zeros stay zeros', () => {
  expect(dequantize(quantize(new Float32Array(70)))).toEqual(new Float32Array(70));
});

test('takes a byte a value, and four a block of 64', () => {
  const { values, scales } = quantize(new Float32Array(49 * 256));
  expect([values.byteLength, scales.byteLength]).toEqual([49 * 256, 49 * 16]);
});
