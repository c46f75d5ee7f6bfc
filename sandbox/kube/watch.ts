/**
 * Watch streams: replay from a resourceVersion, then live; bookmarks; 410 as an in-stream ERROR event after compaction, as the
 * watch cache of a real server answers.
 */
import type { ServerResponse } from 'node:http';
import { formatApiVersion, type JsonRecord, type KubeObject } from './objects.ts';
import { representObject, type RepresentOptions } from './represent.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import type { ObjectFilter } from './selectors.ts';
import type { Store, StoredEvent } from './storage.ts';

/** A client that does not read is cut off: an unbounded buffer would let one watcher take the sandbox's memory. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

export interface WatchRequest {
  readonly resource: ResourceDefinition;
  readonly selects: ObjectFilter;
  /** Absent or 0: the current objects first, as ADDED events. */
  readonly resourceVersion: number | undefined;
  readonly bookmarks: boolean;
  /** `sendInitialEvents=true`: the current objects, then a marked bookmark. */
  readonly initialEvents: boolean;
  readonly timeoutSeconds: number;
  readonly represent: () => RepresentOptions;
}

export interface WatchHub {
  start(request: WatchRequest, response: ServerResponse): void;
  /** Sends a bookmark now to every watcher that asked for bookmarks. */
  readonly sendBookmarks: () => void;
  /** Holds every event and bookmark back until resume(): a connection that is up and silent. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Breaks every watch connection without an end of stream. */
  readonly drop: () => void;
  readonly count: () => number;
  readonly close: () => void;
}

interface Watcher {
  readonly request: WatchRequest;
  readonly response: ServerResponse;
  sentColumns: boolean;
  lastRevision: number;
  /** The newest version that the client has been told, in an event or a bookmark, or came with. */
  toldRevision: number;
}

/** What one change means to a watcher: an object can enter and leave a selection. */
function selectEvent(
  event: StoredEvent,
  selects: ObjectFilter,
): { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject } | undefined {
  const was = event.previous !== undefined && selects(event.previous);
  const is = event.type !== 'DELETED' && selects(event.object);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: event.object };
  if (!was) return undefined;
  const { resourceVersion } = event.object.metadata;
  const last = event.previous ?? event.object;
  return { type: 'DELETED', object: { ...last, metadata: { ...last.metadata, resourceVersion } } };
}

function send(watcher: Watcher, type: string, object: JsonRecord): void {
  const { response } = watcher;
  if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
  else response.write(`${JSON.stringify({ type, object })}\n`);
}

function sendObject(watcher: Watcher, type: string, object: KubeObject): void {
  const { resource, represent } = watcher.request;
  send(watcher, type, representObject(resource, object, represent(), !watcher.sentColumns));
  watcher.sentColumns = true;
  watcher.toldRevision = Number(object.metadata.resourceVersion ?? 0);
}

function sendBookmark(watcher: Watcher, revision: number, annotations?: JsonRecord): void {
  const { resource } = watcher.request;
  const metadata = {
    resourceVersion: String(revision),
    creationTimestamp: null,
    ...(annotations === undefined ? {} : { annotations }),
  };
  const apiVersion = formatApiVersion(resource.group, resource.version);
  send(watcher, 'BOOKMARK', { kind: resource.kind, apiVersion, metadata });
  watcher.toldRevision = revision;
}

/** A real server sends no bookmark that says nothing new: whoever waits for one on a quiet kind waits in vain. */
function sendNews(watcher: Watcher, revision: number): void {
  if (watcher.request.bookmarks && revision > watcher.toldRevision) sendBookmark(watcher, revision);
}

function sendExpired(watcher: Watcher, compacted: number): void {
  const message = `too old resource version: ${String(watcher.request.resourceVersion)} (${String(compacted)})`;
  send(watcher, 'ERROR', {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'Expired',
    code: 410,
  });
  watcher.response.end();
}

function deliver(watcher: Watcher, event: StoredEvent): void {
  if (event.revision <= watcher.lastRevision) return;
  watcher.lastRevision = event.revision;
  if (event.storageKey !== watcher.request.resource.storageKey) return;
  const selected = selectEvent(event, watcher.request.selects);
  if (selected !== undefined) sendObject(watcher, selected.type, selected.object);
}

function sendInitial(watcher: Watcher, store: Store): void {
  const { resource, selects, initialEvents } = watcher.request;
  watcher.lastRevision = store.revision();
  for (const object of store.list(resource.storageKey)) {
    if (selects(object)) sendObject(watcher, 'ADDED', object);
  }
  if (initialEvents) {
    sendBookmark(watcher, store.revision(), { 'k8s.io/initial-events-end': 'true' });
  }
}

/** @param bookmarkIntervalSeconds about 60 in a real server */
export function createWatchHub(store: Store, bookmarkIntervalSeconds: number): WatchHub {
  const watchers = new Set<Watcher>();
  let isPaused = false;
  let held: StoredEvent[] = [];
  const unsubscribe = store.subscribe((event) => {
    if (isPaused) held.push(event);
    else for (const watcher of watchers) deliver(watcher, event);
  });
  const sendBookmarks = (): void => {
    if (isPaused) return;
    for (const watcher of watchers) {
      if (watcher.request.bookmarks) sendBookmark(watcher, store.revision());
    }
  };
  const tick = (): void => {
    if (isPaused) return;
    for (const watcher of watchers) sendNews(watcher, store.revision());
  };
  const ticker = setInterval(tick, bookmarkIntervalSeconds * 1000);
  ticker.unref();

  return {
    start(request, response) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      const from = request.resourceVersion ?? 0;
      const watcher: Watcher = {
        request,
        response,
        sentColumns: false,
        lastRevision: 0,
        toldRevision: from,
      };
      if (from !== 0 && from < store.compactedRevision()) {
        sendExpired(watcher, store.compactedRevision());
        return;
      }
      if (from === 0 || request.initialEvents) sendInitial(watcher, store);
      else {
        watcher.lastRevision = from;
        if (!isPaused) for (const event of store.eventsAfter(from)) deliver(watcher, event);
      }
      watchers.add(watcher);
      const timer = setTimeout(() => {
        if (!isPaused) sendNews(watcher, store.revision());
        response.end();
      }, request.timeoutSeconds * 1000);
      timer.unref();
      response.on('close', () => {
        clearTimeout(timer);
        watchers.delete(watcher);
      });
    },
    sendBookmarks,
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      const late = held;
      held = [];
      for (const watcher of watchers) {
        // A watch that started during the pause has its replay still to come.
        const missed = [...store.eventsAfter(watcher.lastRevision), ...late];
        for (const event of missed.sort((a, b) => a.revision - b.revision)) deliver(watcher, event);
      }
    },
    drop() {
      for (const watcher of watchers) watcher.response.destroy();
    },
    count: () => watchers.size,
    close() {
      unsubscribe();
      clearInterval(ticker);
      for (const watcher of watchers) watcher.response.destroy();
    },
  };
}
