// Every page, at every width, light and dark: it is drawn, fits, can be read by anybody, and does nothing it should not.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { accessible, browse, night, open, serve } from "./support.mjs";

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([serve(), browse()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const of = (path, query = "") => `${path}?${night.query}${query && `&${query}`}`;
const reports = [
  "overview", "incident", "latency", "errors", "why", "slow", "targets", "status-codes", "paths", "clients", "hosts", "rules", "bytes",
  "user-agents", "lcu", "health", "tls", "handshakes", "waf", "websockets", "redirects", "lambda", "noncompliant",
];
const pages = {
  overview: of("/"),
  service: of("/service", "target-group=cart"),
  services: of("/service"),
  target: of("/target", "target=10.0.0.1:8080"),
  "load-balancer": of("/load-balancer", "elb=hostile"),
  host: of("/host", "host=shop.example.com"),
  route: of("/route", "path=/*"),
  client: of("/client", "client=192.0.2.7"),
  reports: of("/reports"),
  compare: `/report/compare?at=${night.since.replace(/:..Z$/, ":00Z")}`,
  trace: of("/report/trace", "what=1-6b02589c-3f0e6a5d2c1b4a7988e6f012"),
  sql: of("/sql", "q=SELECT+elb_status_code,+count(*)+AS+requests+FROM+requests+GROUP+BY+1+ORDER+BY+2+DESC"),
  "sql-wrong": of("/sql", "q=SELECT+nothing+FROM+requets"),
  alerts: "/alerts",
  fleet: "/fleet",
  ingestion: "/ingestion",
  queries: "/queries",
  "not-found": "/nothing/here",
  refused: of("/report/errors", "status=9xx"),
  ...Object.fromEntries(reports.map((name) => [`report-${name}`, of(`/report/${name}`)])),
};

const shots = process.env.ALBSTATS_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

for (const width of [400, 1280, 2560]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`pages at ${width} px, ${colorScheme}`, async () => {
      const { page, context, violations } = await open(browser, server.origin, { viewport: { width, height: 1000 }, colorScheme });
      // All pages are looked at before anything is said of one.
      const found = [];
      for (const [name, address] of Object.entries(pages)) {
        const answer = await page.goto(server.origin + address);
        const expected = [{ "not-found": 404, refused: [400, 422], "sql-wrong": 400 }[name] ?? 200].flat();
        if (!expected.includes(answer.status())) found.push(`${name}: ${answer.status()} ${await page.locator("main").innerText()}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > width) found.push(`${name} is ${wide} px wide`);
        if (shots) await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        if (width !== 2560) found.push(...(await accessible(page)).map((it) => `${name}: ${it}`));
        found.push(...(await violations()).map((it) => `${name}: ${it}`));
      }
      assert.deepEqual(found, []);
      await context.close();
    });
  }
}

test("pages without scripts say the same", async () => {
  const plain = await open(browser, server.origin, { javaScriptEnabled: false });
  const lively = await open(browser, server.origin);
  for (const [name, address] of Object.entries(pages)) {
    await Promise.all([plain, lively].map(({ page }) => page.goto(server.origin + address)));
    const words = (page) => page.locator("main").evaluate((main) => main.textContent.replace(/\s+/g, " "));
    const text = await words(plain.page);
    assert.ok(text.length > 40, name);
    const drawn = (await lively.page.content()).length;
    assert.ok(drawn > 1000, name);
    for (const table of await plain.page.locator("table").all()) assert.ok((await table.locator("tr").count()) > 0, name);
  }
  await Promise.all([plain, lively].map(({ context }) => context.close()));
});

test("the first paint is small, of one file each, and they stay", async () => {
  const { page, context } = await open(browser, server.origin);
  const files = [];
  page.on("response", async (response) => files.push([new URL(response.url()).pathname, response.headers()]));
  await page.goto(server.origin + of("/"));
  const assets = files.filter(([path]) => path.startsWith("/assets/"));
  assert.deepEqual(assets.map(([path]) => path.split(".").at(-1)).sort(), ["css", "js"]);
  for (const [, headers] of assets) assert.match(headers["cache-control"], /immutable/);
  const { gzipSync } = await import("node:zlib");
  const bodies = [of("/"), ...assets.map(([path]) => path)].map(async (path) => gzipSync(Buffer.from(await (await fetch(server.origin + path)).arrayBuffer())).length);
  const sizes = await Promise.all(bodies);
  assert.ok(sizes.reduce((sum, size) => sum + size) <= 60 << 10, `${sizes} bytes`);
  await context.close();
});
