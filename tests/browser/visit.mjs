// Opens pages in Chromium and says what is wrong with them: axe-core, requests to elsewhere, errors
// of the console, anything that is wider than the screen. Keeps a screenshot of each.
//
// Standard input: {"out": DIR, "widths": [360, …], "schemes": ["light", …],
//   "pages": [{"name", "url", "status", "body"?: HTML to show in place of the answer}],
//   "keyboard": URL?}. A line a page; exits 0 only if nothing is wrong.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// The packages are installed in a folder of build/, not beside this file.
const require = createRequire(join(process.env.WGAUDIT_BROWSER, 'package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const work = JSON.parse(readFileSync(0, 'utf8'));
mkdirSync(work.out, { recursive: true });
let violations = 0;
let faults = 0;

function fault(where, what) {
  faults += 1;
  console.log(`FAIL  ${where}: ${what}`);
}

async function watched(browser, width, scheme) {
  const context = await browser.newContext({
    viewport: { width, height: 800 }, colorScheme: scheme,
  });
  context.setDefaultTimeout(120_000);  // a machine may be slow
  const page = await context.newPage();
  const seen = { errors: [], elsewhere: [] };
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(message.text());
  });
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  return { context, page, seen };
}

// As an expression of the debugger, which the policy of the page does not forbid.
async function audit(page) {
  return page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return result.violations.map((v) => ({
      id: v.id, impact: v.impact, help: v.help, count: v.nodes.length,
      where: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + ' | ' +
                                            (n.any[0]?.message ?? n.failureSummary ?? '')),
    }));
  });
}

async function look(page, entry, width, scheme) {
  const where = `${entry.name} at ${width} px, ${scheme}`;
  await page.setViewportSize({ width, height: 800 });
  const found = await audit(page);
  violations += found.length;
  for (const v of found) {
    fault(where, `axe ${v.id} (${v.impact}), ${v.count} times: ${v.help}\n      ${v.where.join('\n      ')}`);
  }
  const [wide, height] = await page.evaluate(() => {
    const root = document.documentElement;
    return [root.scrollWidth - root.clientWidth, root.scrollHeight];
  });
  if (wide > 0) fault(where, `${wide} px wider than the screen`);
  await page.screenshot({
    path: join(work.out, `${entry.name}-${width}-${scheme}.png`),
    clip: { x: 0, y: 0, width, height: Math.min(6000, height) },
    fullPage: true,
  });
}

// Loads it once: its layout is a matter of style alone.
async function visit(browser, entry, widths, scheme) {
  const where = `${entry.name}, ${scheme}`;
  const { context, page, seen } = await watched(browser, widths[0], scheme);
  const origin = new URL(entry.url).origin;
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) seen.elsewhere.push(request.url());
  });
  if (entry.body !== undefined) {
    await page.route(entry.url, (route) => route.fulfill({
      status: entry.status, contentType: 'text/html; charset=utf-8', body: entry.body }));
  }
  const answer = await page.goto(entry.url, { waitUntil: 'load' });
  if (answer.status() !== entry.status) {
    fault(where, `status ${answer.status()}, wanted ${entry.status}`);
  }
  await page.evaluate(`${axe}; 0`);
  for (const width of widths) await look(page, entry, width, scheme);
  const errors = seen.errors.filter((text) => entry.status < 400 || !/status of/.test(text));
  if (errors.length > 0) fault(where, `console: ${errors.join('; ')}`);
  if (seen.elsewhere.length > 0) fault(where, `asks elsewhere: ${seen.elsewhere.join(' ')}`);
  await context.close();
}

// Without a pointer: the first stop skips to the content, focus is seen, the form finds a peer.
async function useKeyboard(browser, url) {
  const { context, page } = await watched(browser, 1280, 'light');
  await page.goto(url);
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => ({
    text: document.activeElement.textContent,
    left: document.activeElement.getBoundingClientRect().left,
    outline: getComputedStyle(document.activeElement).outlineStyle,
  }));
  if (!/skip/i.test(first.text) || first.left < 0) fault('keyboard', 'no skip link at first');
  if (first.outline === 'none') fault('keyboard', 'focus is not seen');
  await page.keyboard.press('Enter');
  if (await page.evaluate(() => document.activeElement.id) !== 'main') {
    fault('keyboard', 'the skip link does not move the focus');
  }
  await page.getByRole('searchbox').focus();
  await page.keyboard.type('alice');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=alice/);
  const status = await page.getByRole('status').textContent();
  if (!/1–1 of 1 that match/.test(status)) fault('keyboard', `searched, and got: ${status}`);
  await page.getByRole('columnheader', { name: 'Received' }).getByRole('link').press('Enter');
  await page.waitForURL(/sort=-received_bytes/);
  if (await page.getByRole('columnheader', { name: 'Received' }).getAttribute('aria-sort') !==
      'descending') {
    fault('keyboard', 'the heading does not say how it sorts');
  }
  await page.getByRole('rowheader').getByRole('link', { name: 'alice' }).press('Enter');
  await page.waitForURL(/\/peer\?/);
  if (!/alice/.test(await page.getByRole('heading', { level: 1 }).textContent())) {
    fault('keyboard', 'a row does not lead to the peer');
  }
  await context.close();
  console.log('ok    keyboard alone: skip, search, sort, a peer');
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
let visits = 0;
for (const entry of work.pages) {
  for (const scheme of work.schemes) {
    visits += work.widths.length;
    await visit(browser, entry, work.widths, scheme);
  }
  console.log(`ok    ${entry.name}`);
}
if (work.keyboard) await useKeyboard(browser, work.keyboard);
await browser.close();
console.log(`${visits} visits, axe violations: ${violations}, other faults: ${faults - violations}`);
process.exit(faults === 0 && visits > 0 ? 0 : 1);
