// The only place that talks to the server. One request for cells is under way at a time; what is typed meanwhile waits
// and goes out together with the next one.

import { partsOf } from "./state.js";

export function csrfToken() {
  return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail || String(status));
    this.status = status;
    this.problem = problem ?? {};
  }
}

export async function ask(url, body) {
  const options = { headers: { Accept: "application/json" }, credentials: "same-origin" };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.headers["X-CSRFToken"] = csrfToken();
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(url, options);
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  const content = isJson ? await answer.json() : null;
  if (!answer.ok) throw new Refused(answer.status, content);
  return content;
}

export class Saver {
  constructor(url, draftId) {
    this.url = url;
    this.draftId = draftId;
    this.waiting = new Map();
    this.running = null;
    this.onSaved = () => {};
    this.onFailed = () => {};
    this.onBusy = () => {};
    this.onIdle = () => {};
  }

  get isIdle() {
    return !this.running && !this.waiting.size;
  }

  /** Send plain entries; entries: [[key, typed]]. Resolves when they are stored. */
  put(entries) {
    for (const [key, typed] of entries) this.waiting.set(key, typed);
    return this.flush();
  }

  flush() {
    if (!this.running && this.waiting.size) {
      this.running = this.run().finally(() => {
        this.running = null;
        this.onIdle();
      });
    }
    return this.running ?? Promise.resolve();
  }

  async run() {
    await new Promise((resolve) => setTimeout(resolve, 60));
    while (this.waiting.size) {
      const entries = [...this.waiting];
      this.waiting.clear();
      this.onBusy(entries.length);
      await this.send({ cells: entries.map(([key, typed]) => ({ price_list: partsOf(key)[0], sku: partsOf(key)[1], typed })) }, entries);
    }
  }

  async formula(text, keys) {
    await this.flush();
    this.onBusy(keys.length);
    return this.send({ formula: text, cells: keys.map((key) => ({ price_list: partsOf(key)[0], sku: partsOf(key)[1] })) }, []);
  }

  async send(body, entries) {
    try {
      const answer = await ask(this.url, { draft: this.draftId, ...body });
      this.draftId = answer.draft?.id ?? null;
      this.onSaved(answer);
      return answer;
    } catch (error) {
      this.onFailed(error, entries);
      return null;
    }
  }
}
