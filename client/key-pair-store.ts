// One key pair per owner in IndexedDB, first writer wins, so that all tabs of a site are one
// device. Where storage is missing, blocked, full or silent (private mode), it hands back the pair
// it was given: a page must work without storage.

const DATABASE = 'weighbridge';
const STORE = 'device-keys';
/** Some browsers never answer `open` in private mode. */
const ANSWER_MILLISECONDS_MAX = 2_000;

/** The pair kept for `owner`, or `fresh`, kept from now on if that is possible. */
export async function keepKeyPair(owner: string, fresh: CryptoKeyPair): Promise<CryptoKeyPair> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<CryptoKeyPair>((resolve) => {
    timer = setTimeout(() => resolve(fresh), ANSWER_MILLISECONDS_MAX);
  });
  try {
    return await Promise.race([keepInDatabase(owner, fresh), tooLate]);
  } catch {
    return fresh;
  } finally {
    clearTimeout(timer);
  }
}

async function keepInDatabase(owner: string, fresh: CryptoKeyPair): Promise<CryptoKeyPair> {
  const factory: IDBFactory | undefined = globalThis.indexedDB;
  if (factory === undefined) return fresh;
  const database = await openDatabase(factory);
  try {
    return await getOrPut(database, owner, fresh);
  } finally {
    database.close();
  }
}

function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = factory.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error('blocked'));
  });
}

/** Reads and writes in one transaction: of two tabs that start together, one pair survives. */
function getOrPut(
  database: IDBDatabase,
  owner: string,
  fresh: CryptoKeyPair,
): Promise<CryptoKeyPair> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, 'readwrite');
    const store = transaction.objectStore(STORE);
    const reading = store.get(owner);
    let kept = fresh;
    reading.onsuccess = () => {
      if (isKeyPair(reading.result)) kept = reading.result;
      else store.put(fresh, owner);
    };
    transaction.oncomplete = () => resolve(kept);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

const isKeyPair = (value: unknown): value is CryptoKeyPair =>
  typeof value === 'object' &&
  value !== null &&
  'privateKey' in value &&
  value.privateKey instanceof CryptoKey &&
  'publicKey' in value &&
  value.publicKey instanceof CryptoKey;
