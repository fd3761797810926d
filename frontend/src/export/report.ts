// A report: this page in one file, with the replies inside that it would ask TensorBoard for.
//
// rnnbow_plugin/export writes the same file from the command line.

/** A reply as the route gave it: JSON, or bytes in base64. */
export type StoredReply = object | string;

export interface Report {
  readonly format: 1;
  /** Of the document: what is in it. */
  readonly title: string;
  /** When it was made, ISO 8601. */
  readonly made: string;
  /** What is shown first, as it stands in an address. */
  readonly selection: readonly (readonly [string, string])[];
  /** Records in the file, and those that there were to choose from. */
  readonly records: { readonly kept: number; readonly of: number };
  /** By relative address, as `routeUrl` makes it. */
  readonly replies: Readonly<Record<string, StoredReply>>;
}

export function isReport(page: Document): boolean {
  return page.getElementById('rnnbow-report') !== null;
}

/** The report that this page is; undefined in TensorBoard. */
export function reportOf(page: Document): Report | undefined {
  const data = page.getElementById('rnnbow-report')?.textContent;
  return data ? (JSON.parse(data) as Report) : undefined;
}

/** Answers like TensorBoard, from the file. */
export function storedReplies({ replies }: Report): typeof fetch {
  const stored = new Map(Object.entries(replies));
  return (url) => {
    const reply = stored.get(url as string);
    const response =
      reply === undefined
        ? new Response('This is not in the exported file.', { status: 404 })
        : new Response(typeof reply === 'string' ? fromBase64(reply) : JSON.stringify(reply));
    return Promise.resolve(response);
  };
}

/**
 * The file. `template` is static/report.html.txt, where the build has put in the hashes of its scripts,
 * static/files.js and static/report.js: the file's policy lets no other run, and nothing be asked of
 * any network.
 */
export function reportFile(
  template: string,
  scripts: { readonly files: string; readonly page: string },
  report: Report,
): Blob {
  // No "<" is left: no text in the data can end their element, or begin a comment.
  const data = JSON.stringify(report).replaceAll('<', '\\u003c');
  const contents: Record<string, string> = { data, ...scripts };
  const parts = template.split(/\{\{(data|files|page)\}\}/);
  return new Blob(
    parts.map((part, i) => (i % 2 === 0 ? part : contents[part]!)),
    { type: 'text/html' },
  );
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  // A call takes some 100,000 arguments at most.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  }
  return btoa(pieces.join(''));
}
