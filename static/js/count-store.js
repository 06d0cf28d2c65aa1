// What a phone keeps while it counts: lines that are not sent yet, and the list to count. IndexedDB, else memory.

const NAME = "steelyard-counts";
const STORES = { lines: "id", goods: "count" };
const memory = { lines: new Map(), goods: new Map() };

let opened = null;

function open() {
  opened ??= new Promise((resolve) => {
    let request;
    try {
      request = indexedDB.open(NAME, 1);
    } catch {
      resolve(null);
      return;
    }
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
  return opened;
}

async function run(name, mode, work) {
  const db = await open();
  if (!db) return undefined;
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(name, mode);
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Keep a row; resolves once it is on disk. */
export async function put(name, row) {
  memory[name].set(row[STORES[name]], row);
  await run(name, "readwrite", (store) => store.put(row));
}

export async function remove(name, key) {
  memory[name].delete(key);
  await run(name, "readwrite", (store) => store.delete(key));
}

export async function all(name) {
  return (await run(name, "readonly", (store) => store.getAll())) ?? [...memory[name].values()];
}

export async function get(name, key) {
  return (await run(name, "readonly", (store) => store.get(key))) ?? memory[name].get(key);
}
