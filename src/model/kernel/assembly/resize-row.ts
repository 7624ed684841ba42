/**
 * One row of RGBA pixels to `count` RGB pixels.
 *
 * `taps` holds, for each output pixel, the byte offset of its first input pixel and how many groups
 * of four input pixels it reads. `weights` holds 16 bytes a group, output after output: the upper
 * parts of four weights (int16), then their lower 11 bits (int16). Halves of that size let one
 * instruction multiply and add a pair of pixels in all channels. Groups are filled up with weights of
 * 0, so up to 12 bytes after the row are read and do not matter; one byte after the output is written.
 */
export function resizeRow(row: usize, taps: usize, weights: usize, output: usize, count: i32): void {
  const zero = i32x4.splat(0);
  const half = i32x4.splat(1 << 21);
  let weight = weights;
  for (let i = 0; i < count; i++, taps += 8, output += 3) {
    let upper = zero;
    let lower = zero;
    let pixel = row + <usize>load<u32>(taps);
    const end = weight + (<usize>load<u32>(taps, 4) << 4);
    for (; weight < end; weight += 16, pixel += 16) {
      const pixels = v128.load(pixel);
      // Each channel's values of two neighbours side by side, widened to 16 bits.
      const first = v128.shuffle<u8>(
        pixels, zero, 0, 16, 4, 16, 1, 16, 5, 16, 2, 16, 6, 16, 3, 16, 7, 16,
      );
      const second = v128.shuffle<u8>(
        pixels, zero, 8, 16, 12, 16, 9, 16, 13, 16, 10, 16, 14, 16, 11, 16, 15, 16,
      );
      upper = i32x4.add(upper, i32x4.dot_i16x8_s(first, v128.load32_splat(weight)));
      upper = i32x4.add(upper, i32x4.dot_i16x8_s(second, v128.load32_splat(weight, 4)));
      lower = i32x4.add(lower, i32x4.dot_i16x8_s(first, v128.load32_splat(weight, 8)));
      lower = i32x4.add(lower, i32x4.dot_i16x8_s(second, v128.load32_splat(weight, 12)));
    }
    const sums = i32x4.add(i32x4.add(i32x4.shl(upper, 11), lower), half);
    const values = i16x8.narrow_i32x4_s(i32x4.shr_s(sums, 22), zero);
    // The fourth channel is overwritten by the next pixel.
    v128.store_lane<u32>(output, i8x16.narrow_i16x8_u(values, zero), 0);
  }
}
