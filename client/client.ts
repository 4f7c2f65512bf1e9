// Client: a mirror of a server's tree, kept live.
//
// It applies what comes and sends what the program writes. What is hard is elsewhere: connecting, and connecting again, in
// `connection.ts`, the copy of the tree in `mirror-tree.ts`, what the program is writing in `recording.ts`, what is on its
// way to the server in `outbox.ts`.

import { type Clock, systemClock } from "../core/clock.ts";
import { decode, type Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { type Listener, Listeners } from "../core/listeners.ts";
import type { SObject } from "../core/object.ts";
import { bad } from "../core/parse.ts";
import type { OnError } from "../core/report.ts";
import type { UndoResult } from "../core/undo-result.ts";
import {
  CloseCode,
  type Hello,
  MessageCode,
  parseSection,
  parseServerMessage,
  type Section,
  type Welcome,
} from "../core/wire.ts";
import { type Branch, Branches } from "./branches.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import type { ConnectionState, RetryOptions } from "./connection-state.ts";
import { type FlushOptions, FlushTimer } from "./flush-timer.ts";
import { IdLease } from "./id-lease.ts";
import { MirrorTree } from "./mirror-tree.ts";
import type { Mirrored, MirroredTree } from "./mirrored.ts";
import { Outbox, type Rejection } from "./outbox.ts";
import type { Outcome } from "./pending.ts";
import { Recording, type TransactOptions } from "./recording.ts";
import { Replica } from "./replica.ts";
import { type Dial, dialWebSocket } from "./socket.ts";

/** How a client behaves. */
export interface ClientOptions extends Partial<RetryOptions>, Partial<FlushOptions> {
  /** Is told of errors in listeners. Default: they become uncaught errors of the program. */
  readonly onError?: OnError;
  /** How to reach a server. Default: the WebSocket of browsers and Node. */
  readonly dial?: Dial;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** From 0 to 1, for the time between attempts. Default: `Math.random`. */
  readonly random?: () => number;
}

type Settings = Required<Omit<ClientOptions, "onError">>;

const DEFAULTS: Settings = {
  minRetryMs: 250,
  maxRetryMs: 10_000,
  debounceMs: 0,
  maxWaitMs: 1_000,
  dial: dialWebSocket,
  clock: systemClock,
  random: Math.random,
};

/** What a client tells. */
export interface ClientEvents {
  /** The connection has another state. */
  readonly state: ConnectionState;
  /** A transaction was refused. */
  readonly reject: Rejection;
  /** What was written has all been answered, or something has been written again: `client.isSynced`. */
  readonly sync: boolean;
}

/**
 * A client of one tree.
 *
 * ```ts
 * const client = await connect("ws://localhost:8765");
 * client.root.find<Card>("Card").title.set("Hello");
 * ```
 */
export class Client<Root extends SObject = SObject> {
  /** The copy of the server's tree. */
  readonly tree: MirroredTree;
  readonly #mirror: MirrorTree;
  /** Resolves when the first state has been applied; rejects if the server refuses for good before. */
  readonly ready: Promise<void>;

  readonly #settings: Settings;
  readonly #outbox: Outbox;
  readonly #recording: Recording;
  readonly #listeners = new Listeners({ reporting: () => ({ where: "the client", onError: this.#mirror.onError }) });
  readonly #becomesReady = Promise.withResolvers<void>();
  readonly #connection: Connection;
  readonly #flushTimer: FlushTimer;
  #id = 0;
  /** Of this connection; none before the welcome. */
  #welcome: Welcome | undefined;
  readonly #branches = new Branches(
    (message) => this.#connection.send(message),
    (scope) => {
      this.#replica.forget(scope);
      this.#mirror.announce();
    },
  );
  readonly #replica: Replica;
  /** Whether the message that is being applied has made the mirror another tree's. */
  #isReset = false;
  /** Ids for new objects. */
  readonly #ids = new IdLease();
  /** What was told last of whether all is answered. */
  #wasSynced = true;

  /** Begins to connect. `url`: `ws:`, `wss:`, `http:` or `https:`; in a page it may be relative to the page. */
  constructor(url: string | URL, options: ClientOptions = {}) {
    this.#settings = { ...DEFAULTS, ...options };
    this.#mirror = new MirrorTree(
      {
        refuseIfClosed: (edit) => this.#outbox.refuseIfClosed(edit),
        record: (edit) => this.#recording.record(edit),
        group: (fn) => this.#mirror.updates.run(() => this.#recording.group(fn)),
        undo: (object, isRedo) => this.#undo(object.id, isRedo),
        recording: () => this.#recording.current,
        nextId: () => this.#nextId(),
      },
      options.onError,
    );
    this.#replica = new Replica(this.#mirror, this.#branches, {
      ownNumber: (author) => (author?.client === this.#id ? author.transaction : undefined),
      inFlight: (number) => this.#outbox.inFlight(number),
      reset: () => {
        this.#isReset = true;
      },
      arriving: (numbers) => this.#outbox.arriving(numbers),
      arrived: (numbers) => {
        for (const number of numbers) this.#outbox.committed(number);
      },
      unwanted: (scope) => this.#connection.send([MessageCode.close, scope]),
    });
    this.tree = this.#mirror as unknown as MirroredTree;
    this.#flushTimer = new FlushTimer(this.#settings, this.#settings.clock, () => this.flush());
    this.#outbox = new Outbox(
      this.#mirror,
      () => {
        this.#flushTimer.start();
        this.#noteSync();
      },
      (rejection) => this.#listeners.emit("reject", rejection),
    );
    this.#recording = new Recording(
      this.#mirror,
      (transaction) => this.#outbox.add(transaction),
      (id) => this.#ids.giveBack(id),
    );
    this.ready = this.#becomesReady.promise;
    // Whoever does not await it learns of a refusal by the state.
    this.ready.catch(() => {});
    this.#connection = new Connection(url, this.#settings, this.#connectionHost);
  }

  /** The root of the tree. Another object after the server has begun a new epoch. Throws before `ready`. */
  get root(): Mirrored<Root> {
    return this.tree.root as Mirrored<Root>;
  }

  /** The public id of this client on the server; 0 before the first welcome, another one after each reconnect. */
  get id(): number {
    return this.#id;
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** Calls `listener` after each event. Returns what removes it. */
  on<Name extends keyof ClientEvents>(event: Name, listener: Listener<ClientEvents[Name]>): () => void {
    return this.#listeners.on(event, listener);
  }

  /**
   * Sends what `fn` writes as one transaction: all of it happens or none. Tells what became of it: a refusal is a value,
   * not an exception. Throws what `fn` throws; nothing is sent then. Inside another `transact` it joins that one.
   */
  transact(fn: () => void, options?: TransactOptions): Promise<Outcome> {
    return this.#mirror.updates.run(() => this.#recording.transact(fn, options));
  }

  /**
   * Takes back the last step of this client, of those that the server remembers: its own writes, and what rules made of
   * them; what others did meanwhile stays. Goes after all that was written before. Throws `in_transaction` inside of a
   * `transact`.
   */
  undo(): Promise<UndoResult> {
    return this.#undo(0, false);
  }

  /** Puts back what was undone last, unless this client has done something new since. Throws `in_transaction`. */
  redo(): Promise<UndoResult> {
    return this.#undo(0, true);
  }

  /**
   * Shows what `fn` writes here alone: it is never sent, and stays on top of what comes until `clearPretended`. For what is
   * not meant yet, as the ghost of what is dragged. Anything can be written so, and objects added, also what is not open to
   * clients. Throws `in_transaction` inside of a `transact`, and what `fn` throws: nothing is shown then.
   */
  pretend(fn: () => void): void {
    this.#mirror.updates.run(() => this.#recording.pretend(fn));
  }

  /** Takes back all that was pretended. */
  clearPretended(): void {
    this.#recording.clearPretended();
  }

  /**
   * Runs `task` when what is being applied, a frame of the server or what the program writes together, is complete and its
   * listeners have run; at once if nothing is. Once, and not at all if it was asked for in a `transact` that throws. The
   * place for listeners to write: themselves they cannot.
   */
  afterUpdate(task: () => void): void {
    this.#mirror.updates.after(task);
  }

  /** Whether the server has answered to everything that the program wrote. */
  get isSynced(): boolean {
    return this.#outbox.isEmpty;
  }

  /**
   * Has what is below a lazy object come into the mirror, and stay there until the branch is closed. Throws
   * `invalid_value` for an object that is not lazy or only pretended, `destroyed`.
   */
  open(given: Mirrored): Branch {
    const object = given as unknown as SObject;
    if (object.isDestroyed) throw new ObjectSyncError("destroyed", `${object.type} ${object.id} is destroyed`);
    if (!object.isLazy) {
      throw new ObjectSyncError("invalid_value", `${object.type} is not lazy: what is below it is there already`);
    }
    if (object.id < 0) {
      throw new ObjectSyncError("invalid_value", `${object.type} ${object.id} is pretended: no server knows it`);
    }
    return this.#branches.open(object);
  }

  /**
   * Drops what was written and not confirmed, and gets the state of the server anew: what was not sent is refused with
   * `reset`, what was with `unconfirmed`.
   */
  reset(): void {
    this.#outbox.giveUp("reset");
    if (this.state.name === "connected") this.#connection.giveUp(CloseCode.away, "reset by the program", 0);
    this.#noteSync();
  }

  /** Ends the connection for good. What was not answered is refused with `unconfirmed` or `closed`. May be called twice. */
  close(): void {
    this.#connection.end(CloseCode.away, "closed by the program");
  }

  readonly #connectionHost: ConnectionHost = {
    open: () => this.#connection.send(this.#hello()),
    message: (bytes) => this.#receive(bytes),
    isCurrent: () => this.#replica.isCurrent,
    over: (how) => {
      this.#welcome = undefined;
      this.#replica.end();
      this.#outbox[how]();
      this.#branches[how]();
      this.#noteSync();
    },
    enter: (state) => {
      if (state.name === "connected") this.#becomesReady.resolve();
      if (state.name === "closed") this.#becomesReady.reject(new Error(`${state.reason || "refused"} (${state.code})`));
      this.#listeners.emit("state", state);
    },
  };

  #hello(): Hello {
    const { epoch } = this.#replica;
    // Without a mirror to be trusted there is nothing to go on with.
    if (epoch === undefined) return [MessageCode.hello];
    return [MessageCode.hello, epoch, this.#branches.hello(), this.#ids.key];
  }

  #receive(bytes: Uint8Array): void {
    const wasLive = this.state.name === "connected";
    this.#mirror.updates.run(() => this.#update(bytes));
    if (!wasLive) this.#flushTimer.start();
    this.#noteSync();
  }

  /** Has the mirror become what a message says. Tells whether it could. */
  #update(bytes: Uint8Array): void {
    try {
      this.#apply(decode(bytes));
      // What listeners throw is theirs; what comes out here is of a frame that fits no tree.
      this.#mirror.announce();
    } catch (error) {
      this.#replica.distrust();
      this.#connection.giveUp(CloseCode.badMessage, error instanceof Error ? error.message : "a bad message");
      return;
    }
    // What was written for the old tree means nothing in it.
    if (this.#isReset) {
      this.#recording.forgetPretended();
      this.#outbox.giveUp("destroyed");
    }
    this.#isReset = false;
    if (this.#replica.isCurrent) this.#connection.live();
  }

  #apply(wire: Wire): void {
    const message = parseServerMessage(wire);
    if (message[0] === MessageCode.welcome) {
      const isFirst = !this.#welcome;
      this.#welcome = message;
      this.#id = message[1];
      this.#replica.begin(message[2]);
      const areIdsKept = this.#ids.begin(message[6], message[7], message[8]);
      // Others may have given them to objects of theirs.
      if (!areIdsKept && message[2] === this.#replica.epoch) this.#outbox.lostIds();
      if (isFirst) return this.#connection.listenFor(message[3]);
      // A second one begins another epoch, as the server has another tree. What is on its way is meant for the old one.
      this.#outbox.lost();
      this.#branches.lost();
      this.#connection.send([MessageCode.hello]);
      return;
    }
    if (!this.#welcome) throw bad("a message before the welcome");
    if (message[0] === MessageCode.undone) {
      const [, request, undone, skipped, reason, label] = message;
      return this.#outbox.undone(request, {
        undone,
        skipped,
        reason: reason ?? undefined,
        label: label ?? undefined,
      });
    }
    if (message[0] === MessageCode.ids) return this.#ids.add(message[1], message[2]);
    if (message[0] === MessageCode.result) {
      const [, number, ...outcomes] = message;
      this.#outbox.result(number, outcomes);
    } else {
      const sections = message.slice(1).map((section) => parseSection(section as Section));
      this.#replica.apply(sections);
      // Not before: what is taken back of a transaction is in the state then, and listeners hear only the difference.
      for (const each of sections) if (each.type === "result") this.#outbox.result(each.number, each.outcomes);
    }
  }

  #undo(object: number, isRedo: boolean): Promise<UndoResult> {
    if (this.#recording.current) {
      throw new ObjectSyncError("in_transaction", `${isRedo ? "redo" : "undo"} is a transaction of its own`);
    }
    return this.#outbox.undo(object, isRedo);
  }

  /** An id for a new object. Those of another tree than the mirror's are of no use before its state is there. */
  #nextId(): number {
    if (this.#recording.current?.isLocal) return this.#ids.pretend();
    if (this.#welcome && this.#welcome[2] !== this.#replica.epoch) throw new ObjectSyncError("no_ids");
    return this.#ids.take();
  }

  /** Sends what waits now, not when `debounceMs` says. What is behind a batch in flight goes when that is answered. */
  flush(): void {
    this.#flushTimer.stop();
    if (this.state.name === "connected" && this.#replica.isCurrent) {
      const [, , , , maxBytes, maxTransactions] = this.#welcome as Welcome;
      for (;;) {
        const message = this.#outbox.take(this.#replica.versions, { maxBytes, maxTransactions });
        if (!message) break;
        this.#connection.send(message);
      }
    }
    if (this.#outbox.isWaiting) this.#flushTimer.hurry();
    this.#noteSync();
  }

  #noteSync(): void {
    const { isSynced } = this;
    if (isSynced === this.#wasSynced) return;
    this.#wasSynced = isSynced;
    if (isSynced) this.#flushTimer.stop();
    this.#listeners.emit("sync", isSynced);
  }
}

/**
 * Connects to a server and resolves when its state is there. While the server cannot be reached it goes on trying. Rejects
 * if the server refuses for good: `client.state` has the code.
 */
export async function connect<Root extends SObject = SObject>(
  url: string | URL,
  options?: ClientOptions,
): Promise<Client<Root>> {
  const client = new Client<Root>(url, options);
  await client.ready;
  return client;
}
