// Keeps the phone's page and its files for when there is no connection. Data never comes from here: only the page, its
// scripts, styles and icons, and always the newest when there is a connection.

const CACHE = "steelyard-count-1";
const PAGE = /^\/stock\/counts\/\d+\/count\/$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The page that registered this worker was loaded without it: it names itself and its files once.
self.addEventListener("message", (event) => event.waitUntil(keepAll(event.data.keep ?? [], event.source)));

async function keepAll(urls, page) {
  const cache = await caches.open(CACHE);
  const kept = await Promise.allSettled(urls.map(async (url) => {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(url);
    await cache.put(url, answer);
  }));
  page?.postMessage({ kept: kept.every((one) => one.status === "fulfilled") });
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const isOurs = url.origin === self.location.origin && event.request.method === "GET";
  if (!isOurs || !(PAGE.test(url.pathname) || url.pathname.startsWith("/static/"))) return;
  event.respondWith(newestElseKept(event.request));
});

async function newestElseKept(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}
