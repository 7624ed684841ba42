/** 8-bit quantization of image tokens, a quarter of their size. */

/** Values that share a scale: few enough that one outlier coarsens only its neighbours. */
const blockLength = 64;

export interface QuantizedValues {
  readonly values: Int8Array;
  /** One a block of 64 values: a value is `values[i] * scales[i / 64]`. */
  readonly scales: Float32Array;
}

/** Symmetric quantization: each block's greatest magnitude becomes 127. */
export function quantize(source: Float32Array): QuantizedValues {
  const values = new Int8Array(source.length);
  const scales = new Float32Array(Math.ceil(source.length / blockLength));
  for (let block = 0; block < scales.length; block++) {
    const start = block * blockLength;
    const end = Math.min(start + blockLength, source.length);
    let greatest = 0;
    for (let i = start; i < end; i++) greatest = Math.max(greatest, Math.abs(source[i] as number));
    const scale = greatest / 127;
    scales[block] = scale;
    if (scale === 0) continue;
    for (let i = start; i < end; i++) values[i] = Math.round((source[i] as number) / scale);
  }
  return { values, scales };
}

export function dequantize({ values, scales }: QuantizedValues): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    result[i] = (values[i] as number) * (scales[Math.floor(i / blockLength)] as number);
  }
  return result;
}
