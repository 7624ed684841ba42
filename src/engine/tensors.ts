/** Values on their way into a graph and out of it. */
import { AppError } from '../errors';

type Values = Float32Array<ArrayBuffer>;

/** @throws AppError `run-failed` where the graph gave no such output */
export function output(values: Values | undefined): Values {
  if (!values) throw new AppError('run-failed', 'A graph of the model lacks an output.');
  return values;
}

/** The values of one of `count` equal parts, as a copy that can be handed to the page. */
export function part(values: Values | undefined, index: number, count: number): Values {
  const all = output(values);
  const length = all.length / count;
  return all.slice(index * length, (index + 1) * length);
}

/** Arrays of `length` values each, one after the other. */
export function pack(arrays: readonly Float32Array[], length: number): Values {
  const packed = new Float32Array(arrays.length * length);
  arrays.forEach((array, index) => {
    if (array.length !== length) {
      throw new RangeError(`${array.length} token values where the model has ${length}`);
    }
    packed.set(array, index * length);
  });
  return packed;
}
