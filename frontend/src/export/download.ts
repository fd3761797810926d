// Hands a file to the browser.

/** Until then a slow disk has read it. */
const KEPT_MS = 60_000;

export function download(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  window.setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, KEPT_MS);
}

/** A name for every file system: letters, digits and dashes, however hostile the parts. */
export function fileName(parts: readonly string[], extension: string): string {
  const plain = parts
    .map((part) =>
      part
        .normalize('NFKD')
        .replace(/[^A-Za-z0-9]+/g, '-')
        .replace(/^-|-$/g, ''),
    )
    .filter((part) => part !== '');
  return `${['rnnbow', ...plain].join('-').slice(0, 120)}.${extension}`;
}
