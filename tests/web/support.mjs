// A server over made-up logs, and a browser that notices everything a page should not do.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

import { chromium } from "playwright-core";

export const program = process.env.ALBSTATS_PROGRAM ?? "albstats";
/** Ours, without what is for these tests. */
export const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("ALBSTATS_")));
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const minute = 60_000;

/** Times as log lines and flags have them. */
export const iso = (time) => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");

/** The begin of the five minutes of a time. */
const slot = (time) => Math.floor(time / (5 * minute)) * 5 * minute;

/** When the logs end: not now, for those of the last minutes never are there. */
const end = slot(Date.now() - 5 * minute);

/** Two hours in which one pod goes bad. */
export const night = { since: iso(end - 120 * minute), until: iso(end), query: `since=${iso(end - 120 * minute)}&until=${iso(end)}` };

/** What strangers may send: markup, quotes, control characters, marks that turn text around. */
export const hostile = [
  `<script>window.broken = 1</script>`,
  `"><img src=x onerror="window.broken = 1">`,
  `javascript:window.broken=1`,
  `' onfocus='window.broken=1' autofocus='`,
  `</title></textarea></style><svg onload=window.broken=1>`,
  `\u202egnp.exe\u202c\u2066`,
  "\\x1b[2J\\x07\\x00",
  `{{7*7}}\${7*7}<%= 7*7 %>`,
  `%3Cscript%3Ewindow.broken=1%3C/script%3E`,
  `&lt;b&gt;&#x3c;`,
];

const line = (time, text, number) => {
  const at = new Date(time + number).toISOString().replace("Z", "000Z");
  const url = `https://shop.example.com:443/${text.replaceAll(" ", "%20").replaceAll('"', "%22")}?q=SECRET${number}`;
  const agent = text.replaceAll('"', "\\x22");
  return (
    `https ${at} app/hostile/50dc6c495c0c9188 192.0.2.7:40000 10.0.0.1:8080 0.000 ${(number % 90) / 10} 0.000 502 502 100 ` +
    `200 "GET ${url} HTTP/1.1" "${agent}" TLS_AES_128_GCM_SHA256 TLSv1.3 ` +
    `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cart/73e2d6bc24d8a067 "Root=1-6b02589c-3f0e6a5d2c1b4a7988e6f012" ` +
    `"shop.example.com" "session-reused" 3 ${at} "forward" "-" "-" "10.0.0.1:8080" "502" "-" "-" TID_0 "-" "-" "-" 203.0.113.4 "-" "-"\n`
  );
};

/** An object of a thousand hostile lines, of five minutes that end then. */
export const writeHostile = (folder, until) => {
  const name = `${iso(until).replace(/[-:]/g, "").replace(/00Z$/, "Z")}`;
  const lines = Array.from({ length: 1000 }, (_, number) => line(until - 4 * minute, hostile[number % hostile.length], number));
  const file = `123456789012_elasticloadbalancing_eu-west-1_app.hostile.50dc6c495c0c9188_${name}_203.0.113.4_2ab3c4d5.log.gz`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), gzipSync(lines.join("")));
};

/** Starts a server over logs that were made up for it, in a folder that `prepare` may put something into before. */
export const serve = async ({ prepare } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), "albstats-web-"));
  prepare?.(folder);
  const logs = join(folder, "logs");
  const start = ["--start", night.since, "--duration", "2h"];
  const rate = process.env.ALBSTATS_WEB_RPS ?? "20";
  execFileSync(program, ["generate", logs, ...start, "--rps", rate, "--incident", "bad-pod", "--noise", "0.2"], { stdio: "ignore", env: environment });
  writeHostile(logs, end);
  const child = spawn(program, ["serve", "--from", "logs", "--listen", "127.0.0.1:0"], {
    cwd: folder,
    env: { ...environment, HOME: folder, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  let said = "";
  const origin = await new Promise((resolve, reject) => {
    const hear = (text) => {
      said += text;
      const found = said.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  const close = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { origin, folder, logs, close };
};

export const browse = () =>
  chromium.launch({ executablePath: process.env.ALBSTATS_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

/** A page of its own, and what went wrong on it. */
export const open = async (browser, origin, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => {
    // Chromium says so of every answer that is no 200; these are asked for on purpose.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && url !== "data:,") wrong.push(`request: ${url}`);
  });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  const violations = async () => {
    const found = options.javaScriptEnabled === false ? [] : await page.evaluate(() => window.violations ?? []);
    return [...wrong.splice(0), ...found.map((it) => `policy: ${it}`)];
  };
  return { page, context, violations };
};

/** What axe finds. It is put in by the debugger's door, since the page lets no stranger's script in. */
export const accessible = async (page) => {
  await page.evaluate(await readAxe());
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(" | ")}`);
};

let text;
const readAxe = async () => {
  text ??= (await import("node:fs/promises")).readFile(axe, "utf8");
  return text;
};
