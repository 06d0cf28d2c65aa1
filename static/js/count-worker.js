// Keeps the phone's page and its files for when there is no connection. Data never comes from here: only the page, its
// scripts, styles and icons, and always the newest when there is a connection.

const CACHE = "steelyard-count-1";
const PAGE = /^\/stock\/counts\/\d+\/count\/$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

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
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}
