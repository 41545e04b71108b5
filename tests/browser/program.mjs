// The program, run in a folder of its own, and what the tests send it without a browser.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const administrator = "admin@example.com";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class Program {
  /** Starts `edm serve` (the path is in EDM) with a fresh data directory, and returns it once it is ready. */
  static async start() {
    const folder = await mkdtemp(join(tmpdir(), "edm-browser-"));
    const port = await freePort(); // links in mails name the port, so it is chosen before the program starts
    const process_ = spawn(process.env.EDM, ["serve"], {
      cwd: folder,
      env: { PATH: process.env.PATH, EDM_DATA_DIR: "data", EDM_LISTEN: `127.0.0.1:${port}`, EDM_PAYMENT_DELAY: "0s" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const program = new Program(folder, port, process_);
    const log = [];
    const ready = new Promise((resolve, reject) => {
      process_.once("error", reject);
      process_.once("exit", () => reject(new Error(`edm ended before it was ready:\n${log.join("\n")}`)));
      createInterface(process_.stderr).on("line", (line) => { // read to its end: a full pipe would stop the program
        log.push(line);
        if (line.includes(" ready "))
          resolve();
      });
    });
    await ready;
    return program;
  }

  constructor(folder, port, process_) {
    this.folder = folder;
    this.process = process_;
    this.url = `http://127.0.0.1:${port}`;
    this.mailbox = join(folder, "data", "mailbox");
  }

  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGTERM");
      await once(this.process, "exit");
    }
    await rm(this.folder, { recursive: true, force: true });
    return this.process.exitCode;
  }

  async administratorPassword() {
    return (await readFile(join(this.folder, "data", "secrets", "APP_ADM_PASSWORD"), "utf8")).trim();
  }

  async post(path, body) {
    const answer = await fetch(this.url + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok)
      throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  /** Calls `send`, and resolves to the name of the first mail that comes after it. */
  async mailAfter(send) {
    const before = new Set(await readdir(this.mailbox));
    const arrived = new Promise((resolve, reject) => {
      const watcher = watch(this.mailbox, (_, name) => {
        // A name with a dot in front is a file that is still being written.
        if (name.startsWith(".") || before.has(name))
          return;
        watcher.close();
        resolve(name);
      });
      watcher.once("error", reject);
    });
    await send();
    return arrived;
  }

  signUp(id, password, name) {
    return this.mailAfter(() => this.post("/signup", { credentials: { id, password }, user_info: { id, name } }));
  }
}
