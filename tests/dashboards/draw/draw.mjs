// Draws every dashboard with the answers that `tests/dashboards/run --record FILE` wrote.
//
//   node draw.mjs FILE OUT [NAME …]      pictures OUT/NAME.png, by $CHROMIUM or /usr/bin/chromium, and
//                                        pngquant; says which panels have nothing to show
// Run by draw.py from build/dashboards/draw, where its packages are.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const BOARDS = path.join(HERE, '../../../dashboards');
const WIDTH = 1560;
const [file, out, ...only] = process.argv.slice(2);
const recorded = JSON.parse(readFileSync(file, 'utf8'));

// CommonJS whose `default` esbuild, as node does, does not give to an import from .mjs.
const interop = {
  name: 'interop',
  setup(builder) {
    builder.onResolve({ filter: /^react-custom-scrollbars-2$/ }, ({ path: name, namespace, resolveDir }) =>
      (namespace === 'interop' ? undefined : { path: name, namespace: 'interop', pluginData: resolveDir }));
    builder.onLoad({ filter: /.*/, namespace: 'interop' }, ({ path: name, pluginData }) => ({
      contents: `const found = require('${name}'); module.exports = Object.assign(found.default, found);`,
      resolveDir: pluginData,
    }));
  },
};

async function bundle(target) {
  await build({
    entryPoints: [path.join(HERE, 'page.jsx')], outfile: target, bundle: true, minify: true, format: 'iife',
    jsx: 'automatic', define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
    loader: { '.svg': 'dataurl', '.woff2': 'dataurl', '.woff': 'dataurl', '.png': 'dataurl', '.ttf': 'empty' },
    logLevel: 'error', plugins: [interop],
  });
}

function page(name, script) {
  const board = JSON.parse(readFileSync(path.join(BOARDS, `${name}.json`), 'utf8'));
  const answers = Object.fromEntries(recorded.results.filter(({ uid }) => uid === board.uid)
    .map(({ panel, targets }) => [panel, targets]));
  const rows = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const data = { board, answers, from: recorded.from, to: recorded.to, step: recorded.step, width: WIDTH, dark: true };
  const text = JSON.stringify(data).replaceAll('<', '\\u003c');
  return {
    height: rows * 38 + 80,
    empty: empty(board, answers),
    html: `<!doctype html><meta charset="utf-8"><title>${name}</title><div id="root"></div>` +
      `<link rel="stylesheet" href="${script.replace(/js$/, 'css')}">` +
      `<script>window.DASHBOARD = ${text}</script><script src="${script}"></script>`,
  };
}

function shoot(html, picture, height) {
  const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
  execFileSync(chromium, [
    '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--virtual-time-budget=15000',
    `--window-size=${WIDTH + 24},${height}`, `--screenshot=${picture}`, `file://${html}`,
  ], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 280000 });
}

// Panels without an answer: what nobody should be shown in a picture.
function empty(board, answers) {
  const found = ({ id }) => Object.values(answers[id] ?? {}).some((series) => series.length > 0);
  return board.panels.filter((panel) => panel.type !== 'row' && !found(panel)).map(({ title }) => title);
}

mkdirSync(out, { recursive: true });
const script = path.resolve(out, 'page.js');
await bundle(script);
const names = readdirSync(BOARDS).filter((each) => each.endsWith('.json')).map((each) => each.slice(0, -5));
for (const name of names.filter((each) => only.length === 0 || only.includes(each))) {
  const drawn = page(name, script);
  const target = path.resolve(out, `${name}.html`);
  const picture = path.resolve(out, `${name}.png`);
  writeFileSync(target, drawn.html);
  shoot(target, picture, drawn.height);
  execFileSync('pngquant', ['--force', '--strip', '--nofs', '--output', picture, '128', picture]);
  console.log(`${name}.png: ${statSync(picture).size >> 10} KiB; empty panels: ${drawn.empty.join(', ') || 'none'}`);
}
