// What people do: narrow, widen, drag, go back, sort, ask in SQL, wait for logs; with a pointer and with keys alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browse, environment, hostile, iso, night, open, program, serve, writeHostile } from "./support.mjs";

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([serve(), browse()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const visit = async (address, options) => {
  const opened = await open(browser, server.origin, options);
  await opened.page.goto(server.origin + address);
  return opened;
};
/** The table of a report, not that of a chart. */
const rows = ".tables > .table";
const parameters = (page) => Object.fromEntries(new URL(page.url()).searchParams);

test("every value narrows, and every filter can be taken away", async () => {
  const { page, context, violations } = await visit(`/?${night.query}`);
  const first = page.locator("td a").first();
  const name = (await first.innerText()).replace("\u00a0", " ");
  await first.click();
  await page.waitForURL(/\/service\?/);
  assert.ok(parameters(page)["target-group"], page.url());
  await page.locator(".panel td a").first().click();
  const chips = await page.locator(".chip").count();
  assert.ok(chips >= 1, name);
  await page.locator(".chip .less").first().click();
  assert.equal(await page.locator(".chip").count(), chips - 1);
  await page.goBack();
  assert.equal(await page.locator(".chip").count(), chips, "back works");
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("the bar narrows without a script", async () => {
  const { page, context } = await visit(`/report/errors?${night.query}`, { javaScriptEnabled: false });
  await page.getByLabel("narrow", { exact: true }).click();
  await page.locator('form.narrow input[name="status"]').fill("5xx");
  await page.locator("form.narrow button").click();
  assert.equal(parameters(page).status, "5xx");
  assert.equal(parameters(page).since, night.since);
  assert.match((await page.locator(".chip").innerText()).replace(/\s+/g, " "), /status 5xx/);
  await context.close();
});

test("dragging over a chart sets the time, and back undoes it", async () => {
  const { page, context, violations } = await visit(`/?${night.query}`);
  await page.locator(".plot").first().scrollIntoViewIfNeeded();
  const box = await page.locator(".plot").first().boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.25, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, y);
  await page.mouse.move(box.x + box.width * 0.5, y);
  await page.mouse.up();
  await page.waitForURL((url) => url.searchParams.get("since") !== night.since);
  const { since, until } = parameters(page);
  const length = Date.parse(night.until) - Date.parse(night.since);
  const at = (time) => (Date.parse(time) - Date.parse(night.since)) / length;
  assert.ok(Math.abs(at(since) - 0.25) < 0.03 && Math.abs(at(until) - 0.5) < 0.03, `${since} ${until}`);
  await page.goBack();
  assert.equal(parameters(page).since, night.since);
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("keys alone are enough", async () => {
  const { page, context } = await visit(`/?${night.query}`);
  await page.keyboard.press("Tab");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /to the content/);
  const seen = new Set();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    seen.add(await page.evaluate(() => `${document.activeElement.tagName}.${document.activeElement.className.split(" ")[0]}`));
    const isSeen = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== "none");
    assert.ok(isSeen, await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200)));
  }
  for (const part of ["A.", "SUMMARY.", "DIV.plot", "DIV.scroll"]) assert.ok(seen.has(part), `${part} of ${[...seen]}`);
  // A menu opens, and Escape gives the focus back.
  await page.locator(".bar summary").first().focus();
  await page.keyboard.press("Enter");
  assert.ok(await page.locator(".bar details[open]").count());
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".bar details[open]").count(), 0);
  // A chart tells its values, and Shift chooses some of its time.
  await page.locator(".plot").first().focus();
  for (let presses = 0; presses < 5; presses += 1) await page.keyboard.press("ArrowRight");
  assert.match(await page.locator(".tip").first().innerText(), /UTC/);
  for (let presses = 0; presses < 9; presses += 1) await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("since") !== night.since);
  await context.close();
});

test("what strangers sent stays text", async () => {
  const { page, context, violations } = await visit("/");
  const escaped = (text) => encodeURIComponent(text);
  const addresses = [
    ...["overview", "paths", "user-agents", "slow", "clients", "errors", "hosts", "why"].map((name) => `/report/${name}?${night.query}&elb=hostile&top=0`),
    `/report/user-agents?${night.query}&by=agent&elb=hostile&top=0`,
    `/report/errors?${night.query}&by=user_agent&elb=hostile`,
    `/sql?${night.query}&q=${escaped("SELECT request_url, user_agent FROM requests WHERE elb LIKE '%hostile%' LIMIT 200")}`,
    ...hostile.flatMap((text) => [
      `/report/errors?${night.query}&host=${escaped(text)}`,
      `/service?${night.query}&service=${escaped(text)}`,
      `/sql?q=${escaped(text)}`,
      `/report/${escaped(text)}`,
      `/?since=${escaped(text)}`,
      `/?${escaped(text)}=1`,
      `/?source=${escaped(text)}`,
    ]),
  ];
  for (const address of addresses) {
    const answer = await page.goto(server.origin + address);
    assert.ok(answer.status() < 500, `${address}: ${answer.status()}`);
    assert.equal(await page.evaluate(() => window.broken), undefined, address);
    assert.equal(await page.locator("img, iframe, object, main script, main style, svg[onload], [onfocus]").count(), 0, address);
    const raw = await page.evaluate(() => /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent));
    assert.ok(!raw, `${address} has characters that cannot be seen`);
  }
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("tables are sorted", async () => {
  const { page, context } = await visit(`/report/paths?${night.query}`);
  const button = page.locator(`${rows} th.n button`).first();
  await button.click();
  const column = Number(await page.locator("th[aria-sort='descending']").getAttribute("data-column"));
  const values = await page.locator(`${rows} tbody tr`).evaluateAll((rows, at) => rows.map((row) => Number(row.cells[at].dataset.v)), column);
  assert.deepEqual(values, values.toSorted((a, b) => b - a));
  await context.close();
});

test("SQL is completed, asked and shared", async () => {
  const { page, context, violations } = await visit(`/sql?${night.query}`);
  const box = page.locator("textarea");
  await box.click();
  await box.fill("");
  await box.pressSequentially("SELECT elb_stat");
  await page.locator("#offers li").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  assert.equal(await box.inputValue(), "SELECT elb_status_code");
  await box.pressSequentially(", count(*) AS requests FROM requests GROUP BY 1 ORDER BY 1");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/[?&]q=/);
  assert.match(await page.locator("table").first().innerText(), /elb_status_code/);
  const shared = page.url();
  const count = await page.locator("tbody tr").count();
  await page.goto(shared);
  assert.equal(await page.locator("tbody tr").count(), count);
  const csv = await page.locator("a", { hasText: "CSV" }).first().getAttribute("href");
  const answer = await fetch(server.origin + csv);
  assert.equal(answer.status, 200);
  assert.equal((await answer.text()).trim().split("\n").length, count + 1);
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("a page follows the logs, and what was chosen stays", async () => {
  const { page, context, violations } = await visit("/report/errors?since=4h");
  await page.locator(".live:not([hidden])").waitFor();
  await page.locator(`${rows} th.n button`).first().click();
  const sorted = () => page.locator("th[aria-sort='descending']").getAttribute("data-column");
  const column = await sorted();
  await page.locator(`${rows} td a`).first().focus();
  await page.evaluate(() => scrollTo(0, 200));
  const before = await page.locator(`${rows} tfoot tr.total`).innerText();
  writeHostile(server.logs, Math.floor(Date.now() / 300_000) * 300_000);
  await page.waitForFunction((before) => document.querySelector("tfoot tr.total").innerText !== before, before, { timeout: 60_000 });
  assert.equal(await sorted(), column);
  assert.equal(await page.evaluate(() => scrollY), 200);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "A");
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("every number is that of the command line", async () => {
  const { execFileSync } = await import("node:child_process");
  const { page, context } = await visit(`/report/errors?${night.query}`);
  const command = await page.locator(".command code").first().evaluate((code) => code.textContent);
  assert.match(command, /^albstats report errors /);
  const csv = execFileSync("sh", ["-c", `${command.replace(/^albstats/, `"${program}"`)} --quiet --format csv`], {
    encoding: "utf8",
    cwd: server.folder,
    env: environment,
  });
  const sums = csv.trim().split("\n").slice(1).map((row) => Number(row.split(",")[1]));
  const drawn = await page.locator(`${rows} tbody tr`).evaluateAll((rows) => rows.map((row) => Number(row.cells[1].dataset.v)));
  assert.deepEqual(drawn, sums);
  await context.close();
});

test("times are those of this browser where it is asked for", async () => {
  const { page, context } = await visit(`/report/errors?${night.query}`, { timezoneId: "Asia/Tokyo" });
  await page.locator(".bar summary", { hasText: "UTC" }).click();
  await page.locator("a[data-zone]").click();
  assert.equal(parameters(page).tz, "Asia/Tokyo");
  assert.match(await page.locator("#head").innerText(), /JST/);
  assert.ok(iso(0));
  await context.close();
});
