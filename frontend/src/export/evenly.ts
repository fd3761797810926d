/** Places of `wanted` things spread evenly over `count`, the first and the last among them; one is the last. */
export function evenly(count: number, wanted: number): number[] {
  if (wanted >= count) return Array.from({ length: count }, (_, i) => i);
  if (wanted <= 1) return count > 0 ? [count - 1] : [];
  // In whole numbers: rnnbow_plugin/export/choose.py gives the same.
  const gaps = wanted - 1;
  return Array.from({ length: wanted }, (_, i) =>
    Math.floor((2 * i * (count - 1) + gaps) / (2 * gaps)),
  );
}
