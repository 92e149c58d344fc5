// Sessions that end while somebody looks at a page: it leads to where to log in, says so, asks for nothing more, and comes back.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { browse, environment, open, program, serve } from "./support.mjs";

const address = "/report/errors?since=4h";
let browser;
before(async () => {
  browser = await browse();
});
after(async () => {
  await browser?.close();
});

/** A server that asks for tokens, a page of it that somebody logged in to see, and what it is asked for from then on. */
const logIn = async (session) => {
  let token;
  const prepare = (folder) => {
    token = execFileSync(program, ["serve", "token", "ana", "--tokens", "tokens"], { cwd: folder, env: environment, encoding: "utf8" }).trim();
    writeFileSync(join(folder, "albstats.toml"), `[serve]\ntokens = "tokens"\nsession = "${session}"\n`);
  };
  const server = await serve({ prepare });
  const { page, context, violations } = await open(browser, server.origin);
  const enter = async () => {
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "log in" }).click();
    await page.locator(".live:not([hidden])").waitFor();
  };
  await page.goto(server.origin + address);
  await enter();
  const asked = [];
  page.on("request", (request) => asked.push(`${request.resourceType()} ${new URL(request.url()).pathname}`));
  return { server, page, context, violations, enter, asked };
};

const leadsToLogin = async ({ server, page, context, violations, enter, asked }) => {
  await page.waitForURL(/\/login\?next=/, { timeout: 30_000 });
  assert.equal(new URL(page.url()).searchParams.get("next"), address);
  assert.match(await page.getByRole("status").innerText(), /not any more/);
  asked.length = 0;
  await sleep(7_000);
  assert.deepEqual(asked, [], "nothing is asked for any more");
  if (enter) {
    await enter();
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, address);
  }
  assert.deepEqual(await violations(), []);
  await context.close();
  await server.close();
};

test("a session that is over leads to where to log in, and back", async () => {
  await leadsToLogin(await logIn("8s"));
});

test("a token that was taken away leads to where to log in", async () => {
  const opened = await logIn("12h");
  execFileSync("rm", [join(opened.server.folder, "tokens")]);
  execFileSync(program, ["serve", "token", "ben", "--tokens", "tokens"], { cwd: opened.server.folder, env: environment });
  await leadsToLogin({ ...opened, enter: null });
});
