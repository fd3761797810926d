// Statistics that a few wild values do not move. docs/rules.md says what they are used for.

/** The middle value; NaN of none. The lower one of two, so that it is a value that was there. */
export function median(values: Float64Array): number {
  const rest = values.slice();
  const middle = (rest.length - 1) >> 1;
  // Hoare's selection: to sort 100,000 values takes ten times as long.
  for (let low = 0, high = rest.length - 1; low < high;) {
    const pivot = rest[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (rest[i]! < pivot) i++;
      while (rest[j]! > pivot) j--;
      if (i > j) break;
      const value = rest[i]!;
      rest[i++] = rest[j]!;
      rest[j--] = value;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else break;
  }
  return rest[middle] ?? NaN;
}

/**
 * The standard deviation around `centre`, estimated from the median of the deviations; where more
 * than half of the values are alike, from their mean. The factors make both right of normal noise.
 */
export function spread(values: Float64Array, centre: number): number {
  const deviations = values.map((value) => Math.abs(value - centre));
  const typical = 1.4826 * median(deviations);
  if (typical > 0) return typical;
  const mean = deviations.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return 1.2533 * mean;
}

/** At each place, the median of the values up to `left` before and `right` after it. */
export function movingMedian(values: Float64Array, left: number, right: number): Float64Array {
  const near = new Float64Array(left + right + 1);
  return values.map((_, i) => {
    const end = Math.min(values.length, i + right + 1);
    let count = 0;
    // Sorted while it is filled: a handful of values, at 100,000 places.
    for (let j = Math.max(0, i - left); j < end; j++) {
      const value = values[j]!;
      let k = count++;
      for (; k > 0 && near[k - 1]! > value; k--) near[k] = near[k - 1]!;
      near[k] = value;
    }
    return near[(count - 1) >> 1]!;
  });
}

/** Place of the largest value, the first of several; 0 of none. */
export function top(values: Float64Array): number {
  let best = 0;
  values.forEach((value, i) => {
    if (value > values[best]!) best = i;
  });
  return best;
}
