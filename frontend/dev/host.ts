// The page around the fixture: in place of TensorBoard's, with a link to every log and every part.
import { type Fixture, FIXTURES, fragment } from './fixtures';
import { SCENARIOS } from './scenarios';

function links(names: readonly string[], shown: string): string {
  return names
    .map((name) => {
      const current = name === shown ? ' aria-current="page"' : '';
      return `<a href="/${name}/${fragment(FIXTURES[name])}"${current}>${name}</a>`;
    })
    .join('');
}

export function hostPage(shown: string): string {
  return `<!doctype html><html lang="en">
<title>RNNbow fixtures</title><link rel="stylesheet" href="host.css"><body>
<header><b>logs</b>${links(Object.keys(SCENARIOS), shown)}
<button id="dark">dark</button><button id="reload">reload</button>
<br><b>parts</b>${links(Object.keys(FIXTURES), shown)}</header>
<iframe src="data/plugin_entry.html?name=rnnbow" title="RNNbow"></iframe>
<script type="module" src="host.js"></script></body></html>`;
}

export const HOST_JS = `
document.getElementById('dark').onclick = () => document.body.classList.toggle('dark-mode');
let port;
window.addEventListener('message', (event) => {
  if (event.data === 'experimental.bootstrap') port = event.ports[0];
});
let id = 0;
document.getElementById('reload').onclick = () =>
  port?.postMessage(JSON.stringify({ type: 'experimental.DataReloaded', id: id++, payload: null, error: null, isReply: false }));
`;

export const HOST_CSS = `body{margin:0;display:flex;flex-direction:column;height:100vh;font:13px sans-serif}
header{padding:6px 16px;background:#f57c00;line-height:1.7}header>*{margin-right:12px}
header a{color:#fff;text-decoration:none}header a[aria-current]{border-bottom:2px solid}iframe{flex:1;border:0}`;

/** What the frame loads; of a fixture, the one part that it is of. */
export function entryPage(fixture: Fixture | undefined): string {
  return `<!doctype html><html><head><base href="plugin/rnnbow/">
<link rel="stylesheet" href="fonts/fonts.css"><style>${fixture?.part ? alone(fixture.part) : ''}</style></head><body>
<script type="module" src="static/entry.js"></script></body></html>`;
}

/** A canvas is drawn once, with the fonts that are there by then. */
export const ENTRY_JS = `import { render } from './index.js';
await Promise.all([...document.fonts].map((face) => face.load()));
render();`;

/** Takes what stands beside the part out of the page. */
function alone(part: string): string {
  const beside = `rnnbow-app > :not(${part}, :has(${part})), main > :not(${part})`;
  // The rail keeps the width that it has beside the panels.
  const columns = part === '.rail' ? '' : 'display: block !important; ';
  return `rnnbow-app { ${columns}min-height: 0 !important }
main { display: block !important }
${beside} { display: none !important }`;
}
