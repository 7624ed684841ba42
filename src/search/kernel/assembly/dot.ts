/**
 * Scores of one query against `count` quantized embeddings: scores[i] = scales[i] · (query · rows[i]).
 *
 * `rows` holds int8 values, `stride` (a multiple of 16, zero-padded) apart; `query` holds int16 values
 * of at most 12 bits, so that the int32 sums cannot overflow below 4,096 dimensions. All arguments but
 * the last two are addresses in the module's memory, which belongs to the caller.
 */
export function scoreRows(
  rows: usize,
  scales: usize,
  query: usize,
  scores: usize,
  count: i32,
  stride: i32,
): void {
  const queryEnd = query + (<usize>stride << 1);
  let row = rows;
  for (let i = 0; i < count; i++) {
    let even = i32x4.splat(0);
    let odd = i32x4.splat(0);
    for (let q = query; q < queryEnd; q += 32, row += 16) {
      const values = v128.load(row);
      even = i32x4.add(
        even,
        i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(values), v128.load(q)),
      );
      odd = i32x4.add(
        odd,
        i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(values), v128.load(q, 16)),
      );
    }
    const sums = i32x4.add(even, odd);
    const dot =
      i32x4.extract_lane(sums, 0) +
      i32x4.extract_lane(sums, 1) +
      i32x4.extract_lane(sums, 2) +
      i32x4.extract_lane(sums, 3);
    const offset = <usize>i << 2;
    store<f32>(scores + offset, <f32>dot * load<f32>(scales + offset));
  }
}
