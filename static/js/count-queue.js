// The lines of a count on their way: kept first, then sent in batches under a key of their own until an answer comes.
// A batch is never changed once it was sent, and each line has an id: however often it goes out, it is kept once.

import { all, put, remove } from "./count-store.js";

const BATCH = 100;
const SOONEST_MS = 2000;
const LATEST_MS = 30000;

export class Queue {
  constructor({ url, count, user, token, onChange, onKept }) {
    Object.assign(this, { url, count, user, token, onChange, onKept });
    this.lines = [];
    this.others = 0;
    this.state = "idle"; // idle, sending, offline, waiting, signed-out
    this.pause = SOONEST_MS;
    this.isSending = false;
    addEventListener("online", () => this.send());
    addEventListener("offline", () => this.tell("offline"));
  }

  async load() {
    const kept = await all("lines");
    this.lines = kept.filter((line) => line.count === this.count && line.user === this.user);
    this.others = kept.filter((line) => line.user !== this.user).length;
    this.onChange();
    this.send();
  }

  get waiting() { return this.lines.filter((line) => !line.refused); }

  get refused() { return this.lines.filter((line) => line.refused); }

  async add(body) {
    const line = { id: body.id, count: this.count, user: this.user, body, batch: null, refused: "" };
    this.lines.push(line);
    await put("lines", line);
    this.onChange();
    this.send();
  }

  async drop(id) {
    this.lines = this.lines.filter((line) => line.id !== id);
    await remove("lines", id);
    this.onChange();
  }

  tell(state) {
    this.state = state;
    this.onChange();
  }

  async send() {
    if (this.isSending) return;
    clearTimeout(this.timer);
    if (!this.waiting.length) return this.tell("idle");
    if (navigator.onLine === false) return this.later("offline");
    this.isSending = true;
    this.tell("sending");
    try {
      await this.sendBatch(await this.batch());
    } finally {
      this.isSending = false;
    }
    if (this.state === "sending") this.send();
  }

  /** The lines of the oldest batch that went out before, else new ones under a new key. */
  async batch() {
    const sent = this.waiting.find((line) => line.batch);
    if (sent) return this.waiting.filter((line) => line.batch === sent.batch);
    const fresh = this.waiting.slice(0, BATCH);
    const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    for (const line of fresh) {
      line.batch = key;
      await put("lines", line);
    }
    return fresh;
  }

  async sendBatch(lines) {
    let answer, body;
    try {
      answer = await fetch(this.url, {
        method: "POST",
        credentials: "same-origin",
        redirect: "error",
        headers: {
          "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token,
          "Idempotency-Key": lines[0].batch, "Sent-At": new Date().toISOString(), "Counted-By": this.user,
        },
        body: JSON.stringify({ lines: lines.map((line) => line.body) }),
      });
      body = await answer.json().catch(() => ({}));
    } catch {
      return this.later("offline");
    }
    if (answer.ok) return this.settle(lines, body);
    if (answer.status === 401 || answer.status === 403) return this.later("signed-out");
    const codes = (body.errors ?? []).map((fault) => fault.code);
    if (answer.status >= 500 || answer.status === 429 || codes.includes("in_flight")) return this.later("waiting");
    const detail = body.errors?.[0]?.detail ?? body.detail ?? String(answer.status);
    for (const line of lines) await this.refuse(line, detail);
    this.pause = SOONEST_MS;
  }

  async settle(lines, body) {
    const outcomes = new Map((body.lines ?? []).map((one) => [one.id, one]));
    this.pause = SOONEST_MS;
    for (const line of lines) {
      const outcome = outcomes.get(line.id);
      if (!outcome) continue;
      if (outcome.outcome === "refused") await this.refuse(line, outcome.detail);
      else {
        this.onKept(line.body, body.count);
        await this.drop(line.id);
      }
    }
  }

  async refuse(line, detail) {
    line.refused = detail || "?";
    await put("lines", line);
    this.onChange();
  }

  later(state) {
    this.tell(state);
    this.timer = setTimeout(() => this.send(), this.pause);
    this.pause = Math.min(this.pause * 2, LATEST_MS);
  }
}
